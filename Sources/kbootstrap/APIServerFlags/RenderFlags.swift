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
              kbootstrap apiserver-flags --format systemd       lines for a unit's ExecStart
              kbootstrap apiserver-flags --format static-pod --layout kubeadm
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

    @Option(help: ArgumentHelp("The unit whose command a systemd-drop-in repeats.", valueName: "file"))
    var unit: String?

    @Option(help: "Version of kubeadm's configuration (default: that of --kubernetes-version, else v1beta4).")
    var kubeadmApi: AggregationFlags.KubeadmAPI?

    @Option(help: ArgumentHelp("kube-apiserver's version, such as 1.31.", valueName: "1.N"))
    var kubernetesVersion: KubernetesVersionArgument?

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard (format == .systemdDropIn) == (unit != nil) else {
            throw ValidationError(
                "--format systemd-drop-in and --unit go together: a drop-in repeats the unit's whole command")
        }
    }

    func run() throws {
        let onDisk = try files.store(messages.terminal).load()
        let flags = AggregationFlags(files: onDisk, extraHeadersPrefix: extraHeadersPrefix)
        let terminal = messages.terminal
        terminal.result(
            try flags.rendered(
                as: format, kubeadmAPI: kubeadmApi ?? AggregationFlags.KubeadmAPI(forMinor: kubernetesVersion?.minor),
                unit: try unit.map { try LaunchFileArgument.read($0, root: "/") }))
        for notice in flags.notices { terminal.notice(notice) }
        if let known = Self.alreadyDone[format] { terminal.notice(known) }
    }
}

extension RenderFlags {
    /// What the launcher does without being told.
    private static let alreadyDone: [AggregationFlags.Format: String] = [
        .kubeadm: "kubeadm makes a front-proxy CA and sets all of these but enable-aggregator-routing by itself: "
            + "take the rest only for files of your own",
        .k3s: "k3s makes a front-proxy CA and sets these by itself: take them only for files of your own",
        .rke2: "rke2 makes a front-proxy CA and sets these by itself: take them only for files of your own",
    ]
}

extension AggregationFlags.KubeadmAPI: ExpressibleByArgument {}

extension AggregationFlags.Format: ExpressibleByArgument {
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
