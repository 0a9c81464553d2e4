// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubernetesClient
import MetricsServer
import Operations
import Verification

struct InstallMetrics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Deploy metrics-server through the Kubernetes API, and follow it until metrics flow.",
        discussion: """
            The release is chosen by the server's version. Objects are applied server-side under the field manager \
            kbootstrap: a second run writes nothing, and fields that others own are never taken unasked.

            Example:
              kbootstrap install-metrics
              kbootstrap install-metrics --print manifest | kubectl diff -f -
              kubectl -n kube-system patch deployment metrics-server \\
                --patch "$(kbootstrap install-metrics --release 0.6.1 --kubelet-insecure-tls --print patch)"

            \(ExitStatus.help)
            """)

    enum PrintForm: String, CaseIterable, ExpressibleByArgument { case manifest, patch, images }
    enum DryRun: String, CaseIterable, ExpressibleByArgument { case client, server }

    @Option(help: "The release of metrics-server: \(MetricsServerRelease.all.map(\.version).joined(separator: ", ")).")
    var release: MetricsServerRelease?

    @Flag(help: "Let metrics-server scrape kubelets without verifying their certificates.")
    var kubeletInsecureTls = false

    @Option(help: "Print the manifest, its images, or the patch for an installed metrics-server; change nothing.")
    var print: PrintForm?

    @Option(help: "client: say what would be applied. server: have the API server check it too.")
    var dryRun: DryRun?

    @Flag(help: "Take over fields that other managers own.")
    var forceConflicts = false

    @Flag(help: "Apply, and do not wait until metrics flow.")
    var noWait = false

    @Option(help: "How long to wait until metrics flow.")
    var timeout = DurationArgument(duration: .seconds(180))

    @OptionGroup(title: "Workload") var workload: WorkloadArguments
    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var messages: MessageOptions

    func run() async throws {
        let terminal = messages.terminal
        if let print, let release {
            return terminal.result(try text(print, release, workload.options()))
        }
        try await cluster.withCluster(terminal) { client, connection in
            let server = try await client.serverVersion()
            let release = self.release ?? .chosen(for: server)
            var workload = try self.workload.options()
            workload.hasPolicyV1 = (server.major, server.minor) >= (1, 21)
            if let print { return terminal.result(try text(print, release, workload)) }
            if self.workload.nodes == nil {
                do throws(APIError) { workload.nodes = Int64(try await client.list(.nodes).items.count) } catch {
                    terminal.notice("resources are for up to 100 nodes (--nodes): \(error)")
                }
            }
            if !release.isTested(with: server) {
                terminal.notice("metrics-server \(release.version) is not tested with Kubernetes \(server)")
            }
            if kubeletInsecureTls {
                terminal.notice("kubelets' certificates will not be verified (--kubelet-insecure-tls)")
            }
            try await install(manifest(release, workload), release, server, client, connection, terminal)
        }
    }

    private func install(
        _ manifest: MetricsServerManifest, _ release: MetricsServerRelease, _ server: ServerVersion,
        _ client: APIClient, _ connection: ClusterConnection, _ terminal: Terminal
    ) async throws {
        if dryRun == .client {
            for object in try manifest.objects() {
                if let reference = ObjectReference(object) { terminal.result("\(reference) (dry run)") }
            }
            return
        }
        let installation = MetricsInstallation(client: client, connection: connection)
        let suffix = dryRun == .server ? " (server dry run)" : ""
        try await installation.apply(
            manifest, options: ApplyOptions(force: forceConflicts, dryRun: dryRun == .server), server: server
        ) { applied in
            terminal.result("\(applied.reference) \(applied.outcome.rawValue)\(suffix)")
        }
        guard !noWait, dryRun == nil else { return }
        let report = try await installation.follow(timeout: timeout.duration) { finding, elapsed in
            terminal.progress(
                "waiting: \(finding.summary)", detail: "(\(elapsed.short), usually within 1m)")
        }
        guard report.isHealthy else {
            terminal.result(VerificationText(report, colors: terminal.colorsResults).rendered())
            throw ExitStatus.unhealthy
        }
        terminal.result("metrics-server \(release.version) serves metrics (\(report.elapsed.short))")
        terminal.next("kbootstrap verify")
    }

    private func manifest(_ release: MetricsServerRelease, _ workload: WorkloadOptions) -> MetricsServerManifest {
        MetricsServerManifest(
            MetricsServerOptions(release: release, kubeletInsecureTLS: kubeletInsecureTls, workload: workload))
    }

    private func text(
        _ form: PrintForm, _ release: MetricsServerRelease, _ workload: WorkloadOptions
    ) throws -> String {
        let manifest = manifest(release, workload)
        return switch form {
        case .manifest: try manifest.yaml()
        case .patch: try manifest.patch()
        case .images: manifest.image
        }
    }
}
