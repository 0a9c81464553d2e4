// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubernetesClient
import MetricsServer
import Operations

struct UninstallMetrics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take metrics-server out again: only what install-metrics applied.",
        discussion: """
            The APIService goes first: one whose backend is gone stops the deletion of every namespace. Objects that \
            Helm, k3s, an addon manager or somebody else keeps are named and left. A second run finds nothing to do.

            Example:
              kbootstrap uninstall-metrics --dry-run
              kbootstrap uninstall-metrics

            \(ExitStatus.help)
            """)

    @Flag(help: "Say what would be deleted; delete nothing.")
    var dryRun = false

    @Option(
        name: .shortAndLong, help: "metrics-server's namespace (default: where it is, else kube-system)."
    )
    var namespace: String?

    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var messages: MessageOptions

    func run() async throws {
        let terminal = messages.terminal
        try await cluster.withCluster(terminal) { client, _ in
            let server = try await client.serverVersion()
            // With all that any option of install-metrics adds.
            var workload = WorkloadOptions()
            workload.highAvailability = true
            workload.hasPolicyV1 = (server.major, server.minor) >= (1, 21)
            let found = try await InstalledPlace.read(client)
            let manifest = MetricsServerManifest(
                MetricsServerOptions(
                    release: .chosen(for: server), namespace: namespace ?? found.namespace, workload: workload))
            let suffix = dryRun ? " (dry run)" : ""
            let removal = MetricsRemoval(client: client)
            try await removal.remove(manifest, dryRun: dryRun) { reference, outcome in
                switch outcome {
                case .deleted: terminal.result("\(reference) deleted\(suffix)")
                case .absent: terminal.progress("\(reference) is not there")
                case .kept(let owner): terminal.result("\(reference) kept: it belongs to \(owner.singleLine)")
                }
            } noted: {
                terminal.notice($0)
            }
            terminal.clearProgress()
        }
    }
}
