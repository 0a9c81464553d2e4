// SPDX-License-Identifier: Apache-2.0

public import AggregationLayer
public import ArgumentParser

struct RenderFlags: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Print the kube-apiserver flags that turn the aggregation layer on.",
        discussion: """
            The allowed name is read from the client certificate itself, so that flag and certificate cannot disagree.
            stdout is the flags; what does not fit together is said on stderr.

            Example:
              kbootstrap apiserver-flags --format systemd     lines for a unit's ExecStart
              kube-apiserver … $(kbootstrap apiserver-flags)

            \(ExitStatus.help)
            """)

    @OptionGroup var files: FrontProxyArguments

    @Option(help: "Form of the flags: \(AggregationFlags.Format.names).")
    var format = AggregationFlags.Format.args

    @Option(
        help: """
            Value of --requestheader-extra-headers-prefix. The walkthrough's X-Remote-Extra lacks the final dash: \
            extra fields then arrive under wrong names.
            """)
    var extraHeadersPrefix = AggregationFlags.standardExtraHeadersPrefix

    @OptionGroup var messages: MessageOptions

    func run() throws {
        let onDisk = try files.store().load()
        let flags = AggregationFlags(files: onDisk, extraHeadersPrefix: extraHeadersPrefix)
        let terminal = messages.terminal
        terminal.result(try flags.rendered(as: format))
        for notice in flags.notices { terminal.notice(notice) }
    }
}

extension AggregationFlags.Format: ExpressibleByArgument {
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
