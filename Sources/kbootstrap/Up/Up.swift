// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import KubernetesClient

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "All of it on a control-plane host: certificates, flags, restart, metrics-server, proof.",
        discussion: """
            Shows the commands that it will run and what each will do, asks, and runs them. Each of them does nothing \
            where its work is done already, so after a failure the same command goes on from there.

            Example:
              sudo kbootstrap up --dry-run
              sudo kbootstrap up --kubeconfig /root/admin.kubeconfig
              sudo kbootstrap up /etc/kubernetes/manifests/kube-apiserver.yaml --kubeconfig /etc/kubernetes/admin.conf

            \(ExitStatus.help)
            """)

    @Argument(
        help:
            "The file that kube-apiserver is launched from (default: \(LaunchFileArgument.usualPlaces))."
    )
    var file: String?

    @Option(help: "Folder of the front-proxy files (default: the layout's, \(FrontProxyLayout.directories)).")
    var dir: String?

    @Option(help: "File names and common names: \(FrontProxyLayout.names) (default: by the launch file).")
    var layout: FrontProxyLayout?

    @Option(help: ArgumentHelp("What restarts kube-apiserver (default: by the kind of file).", valueName: "command"))
    var restartCommand: String?

    @Flag(help: "Let metrics-server scrape kubelets without verifying their certificates.")
    var kubeletInsecureTls = false

    @OptionGroup var inspection: KubeletInspectionArguments

    @Option(help: "How long kube-apiserver may take to serve again, and metrics to flow, each.")
    var timeout = DurationArgument(duration: .seconds(180))

    @Flag(help: "Run the plan without asking.")
    var yes = false

    @Flag(help: "Show the plan and the change of the launch file; change nothing.")
    var dryRun = false

    @OptionGroup var backups: BackupArguments
    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var messages: MessageOptions

    func validate() throws { try inspection.refuseContradictions(kubeletInsecureTls, []) }

    func run() async throws {
        let terminal = messages.terminal
        let plan = try UpPlan(self, LaunchFileArgument.path(file, of: "up"))
        terminal.result(plan.rendered())
        guard !dryRun else { return terminal.diff(try plan.diff()) }
        guard try Confirmation.given(yes, for: "run these", terminal) else { return }
        try await plan.run(terminal)
    }
}
