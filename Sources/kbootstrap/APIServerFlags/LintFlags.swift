// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
public import ArgumentParser
public import Core
import FoundationEssentials

struct LintFlags: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Judge the file that kube-apiserver is launched from, before it restarts.",
        discussion: """
            The kind of file is found by itself: a systemd unit with its drop-ins and environment files, a kubelet \
            manifest, a kubeadm ClusterConfiguration, k3s's or rke2's config.yaml, arguments one a line. \
            The certificates that the flags name are read and judged too. Nothing is changed.

            Example:
              sudo kbootstrap apiserver-flags lint /etc/systemd/system/kube-apiserver.service
              sudo kbootstrap apiserver-flags lint /etc/kubernetes/manifests/kube-apiserver.yaml -o sarif
              sudo kbootstrap apiserver-flags lint --pid $(pgrep -o kube-apiserver)

            Every finding, warnings too, makes the exit status 2; --fail-on error lets warnings pass.
            \(ExitStatus.help)
            """)

    enum Form: String, CaseIterable, ExpressibleByArgument {
        case text, json, sarif
    }

    @Argument(help: "Launch files; - is standard input (default: \(LaunchFileArgument.usualPlaces)).")
    var files: [String] = []

    @Option(help: "A running kube-apiserver, by its process number.")
    var pid: [Int] = []

    @Option(help: ArgumentHelp("The folder that stands for / when certificates are looked at.", valueName: "dir"))
    var root = "/"

    @Option(
        help: ArgumentHelp(
            "kube-apiserver's version, such as 1.31 (default: what the file says).", valueName: "1.N"))
    var kubernetesVersion: KubernetesVersionArgument?

    @Option(help: ArgumentHelp("Certificates with fewer days left are findings.", valueName: "days"))
    var warnWithin = 30

    @Option(help: "What makes the exit status 2: warning (every finding) or failure.")
    var failOn = Severity.warning

    @Option(name: .shortAndLong, help: "The report's form: text, json or sarif.")
    var output = Form.text

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard (0...36500).contains(warnWithin) else { throw ValidationError("--warn-within must be 0 to 36500 days") }
    }

    func run() throws {
        let options = LaunchLintOptions(
            root: root, minorVersion: kubernetesVersion?.minor, warnWithinDays: warnWithin)
        let named =
            files.isEmpty && pid.isEmpty ? [try LaunchFileArgument.path(nil, of: "apiserver-flags lint")] : files
        let launches =
            try named.map { try LaunchFileArgument.read($0, root: root) }
            + pid.map { try LaunchFile.running($0, root: root) }
        let report = LaunchLintReport(
            launches.map { file in
                LaunchLintReport.Entry(
                    path: file.path, format: file.format, findings: LaunchLint(file, options: options).findings())
            })
        let terminal = messages.terminal
        switch output {
        case .text: terminal.result(LintText(report, colors: terminal.colorsResults).rendered())
        case .json: terminal.result(try report.json())
        case .sarif: terminal.result(try report.sarif())
        }
        let counts = report.findings.contains { failOn == .warning || $0.severity == .failure }
        if counts { throw ExitStatus.unhealthy }
    }
}

extension Severity: ExpressibleByArgument {}
