// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Verification

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check every hop of the aggregation layer, and name the cause where one fails.",
        discussion: """
            Follows the APIService until it is Available, then makes real requests through it. A failure that time \
            may mend is waited for; one that it cannot ends the run at once. Nothing is changed.

            Example:
              kbootstrap verify
              kbootstrap verify --once -o json
              sudo kbootstrap verify --front-proxy-dir /var/lib/kubernetes    on the control-plane host

            \(ExitStatus.help)
            """)

    @Option(help: "The APIService to verify (default: that of metrics.k8s.io).")
    var apiservice: String?

    @Option(help: "A folder with front-proxy files on this host, to be checked against what is published.")
    var frontProxyDir: String?

    @Flag(help: "One round of checks; wait for nothing.")
    var once = false

    @Option(help: "How long to wait, in all, for failures that time may mend.")
    var timeout = DurationArgument(duration: .seconds(120))

    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func run() async throws {
        let terminal = messages.terminal
        let options = VerificationOptions(
            apiServiceName: apiservice, once: once, timeout: timeout.duration, frontProxyDirectory: frontProxyDir)
        let outcome = try await cluster.withCluster(terminal) { client, connection in
            try await Verifier(client: client, connection: connection, options: options).run { finding, elapsed, _ in
                terminal.progress("waiting: \(finding.summary)", detail: "(\(elapsed.short))")
            }
        }
        switch report.output {
        case .text: terminal.result(VerificationText(outcome, colors: terminal.colorsResults).rendered())
        case .json: terminal.result(try VerificationDocument(outcome).json())
        }
        if !outcome.isHealthy { throw ExitStatus.unhealthy }
    }
}
