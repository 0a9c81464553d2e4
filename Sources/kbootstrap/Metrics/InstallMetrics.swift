// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import Core
import KubeletCertificates
import KubernetesClient
import MetricsServer
import Operations
import Verification

struct InstallMetrics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Deploy metrics-server through the Kubernetes API, and follow it until metrics flow.",
        discussion: """
            The release is chosen by the server's version; another --release upgrades or rolls back, and the former pod \
            serves until the new one is ready. Tried with its real program is 0.8.1, on Kubernetes 1.36; the others \
            with a stand-in. Objects are applied server-side under the field manager \
            kbootstrap: a second run writes nothing, and fields that others own are never taken unasked.

            Before the first write, kubelets that this machine reaches are looked at for a few seconds (as by \
            kubelet-certs inspect): where metrics-server would refuse one, nothing is installed, and what mends it is \
            said. --kubelet-insecure-tls and --skip-kubelet-inspection install all the same.

            Example:
              kbootstrap install-metrics
              kbootstrap install-metrics --print manifest | kubectl diff -f -
              kubectl -n kube-system patch deployment metrics-server \\
                --patch "$(kbootstrap install-metrics --release 0.6.1 --kubelet-insecure-tls --print patch)"

            \(ExitStatus.help)
            """)

    enum PrintForm: String, CaseIterable, ExpressibleByArgument { case manifest, kustomization, patch, images, rbac }
    enum DryRun: String, CaseIterable, ExpressibleByArgument { case client, server }

    @Option(help: "The release of metrics-server: \(MetricsServerRelease.all.map(\.version).joined(separator: ", ")).")
    var release: MetricsServerRelease?

    @Flag(help: "Let metrics-server scrape kubelets without verifying their certificates.")
    var kubeletInsecureTls = false

    @Option(
        help: """
            Print the manifest, its images, the patch for a metrics-server of upstream's, or the roles that allow a \
            user to install and verify, or write the manifest into --dir for kubectl apply -k; change nothing else.
            """)
    var print: PrintForm?

    @Option(help: "client: say what would be applied. server: have the API server check it too.")
    var dryRun: DryRun?

    @Flag(help: "Take over fields that other managers own, and what --adopt does.")
    var forceConflicts = false

    @Flag(help: "Take over objects that somebody else keeps: Helm, kubectl apply, another metrics adapter.")
    var adopt = false

    @Flag(help: "Show what would change, as a unified diff; change nothing. Exit status 2 where something would.")
    var diff = false

    @Flag(help: "Apply, and do not wait until metrics flow.")
    var noWait = false

    @Option(help: "How long to wait until metrics flow.")
    var timeout = DurationArgument(duration: .seconds(180))

    @OptionGroup(title: "Printing") var printing: PrintArguments
    @OptionGroup(title: "Place") var place: NamespaceArguments
    @OptionGroup(title: "Serving certificate") var serving: ServingArguments
    @OptionGroup(title: "Kubelets") var inspection: KubeletInspectionArguments
    @OptionGroup(title: "Workload") var workload: WorkloadArguments
    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        try serving.refuseContradictions(workload.extraArg)
        try inspection.refuseContradictions(kubeletInsecureTls, workload.extraArg)
        try printing.check(print)
        if serving.servingCertOnly, print != nil || diff || adopt {
            throw ValidationError("--serving-cert-only has no manifest: leave out --print, --diff and --adopt")
        }
    }

    func run() async throws {
        let terminal = messages.terminal
        if let print, let (release, minor) = printing.offline(try release ?? workload.options().imageRelease) {
            let namespace = place.namespace ?? MetricsServerManifest.namespace
            var workload = try self.workload.options()
            workload.hasPolicyV1 = (minor ?? 21) >= 21
            workload.hasSleepAction = (minor ?? 0) >= 30
            try show(print, options(release, workload, namespace, caBundle: nil), terminal)
            let hasBudget = workload.highAvailability && (print == .manifest || print == .kustomization)
            if minor == nil, hasBudget { terminal.notice(PrintArguments.policyNotice) }
            return
        }
        try await cluster.withCluster(terminal) { client, connection in
            let server = try await client.serverVersion()
            var workload = try self.workload.options()
            let release = self.release ?? workload.imageRelease ?? .chosen(for: server)
            workload.hasPolicyV1 = (server.major, server.minor) >= (1, 21)
            workload.hasSleepAction = (server.major, server.minor) >= (1, 30)
            let found = try await InstalledPlace.read(client)
            let namespace = place.namespace ?? found.namespace
            if let print {
                let bundle = ServingCertificateInstallation.caBundle(of: found.apiService, namespace: namespace)
                return try show(print, options(release, workload, namespace, caBundle: bundle), terminal)
            }
            let plan = InstallationPlan(
                options: try options(release, workload, namespace, caBundle: nil), server: server, found: found)
            if dryRun != .client {
                let permissions = try MetricsPermissions(
                    plan, createsNamespace: place.createNamespace, servingCertOnly: serving.servingCertOnly)
                if try await !permissions.check(client) {
                    terminal.notice("the API server cannot list what the caller may do: missing rights show one by one")
                }
            }
            if serving.servingCertOnly {
                return try await installServingCertificate(plan, client, connection, terminal)
            }
            let nodes = await nodes(scrapedWith: plan.options, client, terminal)
            if self.workload.nodes == nil { workload.nodes = Int64(nodes.count) }
            if !release.isTested(with: server) {
                terminal.notice("metrics-server \(release.version) is not tested with Kubernetes \(server)")
            }
            if !diff {
                try await inspection.look(at: nodes, as: plan.options, dryRun: dryRun != nil, client, terminal)
            }
            if !serving.isVerified { terminal.notice(ServingArguments.unverifiedNotice) }
            try await install(plan.with(workload), client, connection, terminal)
        }
    }

    /// Who may not list them gets resources for few, and is told.
    private func nodes(
        scrapedWith options: MetricsServerOptions, _ client: APIClient, _ terminal: Terminal
    ) async -> [KubeletNode] {
        let labels = KubeletScraping(arguments: MetricsServerManifest(options).arguments).nodeSelector
        do throws(APIError) {
            return try await KubeletNode.listed(client, labelSelector: labels)
        } catch {
            if workload.nodes == nil { terminal.notice("resources are for up to 100 nodes (--nodes): \(error)") }
            return []
        }
    }

    private func install(
        _ plan: InstallationPlan, _ client: APIClient, _ connection: ClusterConnection, _ terminal: Terminal
    ) async throws {
        if dryRun == .client {
            for reference in try plan.references() { terminal.result("\(reference) (dry run)") }
            return
        }
        let installation = MetricsInstallation(client: client, connection: connection)
        if diff {
            return try show(await installation.changes(plan, createsNamespace: place.createNamespace), terminal)
        }
        let steps = steps(terminal)
        try await installation.install(plan, settings) { steps.show($0) }
        guard !noWait, dryRun == nil else { return }
        let report = try await installation.follow(timeout: timeout.duration) { finding, elapsed in
            terminal.progress(
                "waiting: \(finding.summary)", detail: "(\(elapsed.short), usually within 1m)")
        }
        guard report.isHealthy else {
            terminal.result(VerificationText(report, colors: terminal.colorsResults).rendered())
            throw ExitStatus.unhealthy
        }
        terminal.result("metrics-server \(plan.options.release.version) serves metrics (\(report.elapsed.short))")
        terminal.next("kbootstrap verify")
    }

    private func installServingCertificate(
        _ plan: InstallationPlan, _ client: APIClient, _ connection: ClusterConnection, _ terminal: Terminal
    ) async throws {
        if dryRun == .client {
            for reference in [ServingMode.secret(in: plan.options.namespace), MetricsServerManifest.apiService] {
                terminal.result("\(reference) (dry run)")
            }
            return
        }
        let steps = steps(terminal)
        try await MetricsInstallation(client: client, connection: connection)
            .installServingCertificate(plan, settings) { steps.show($0) }
    }

    private var settings: InstallationSettings {
        InstallationSettings(
            apply: ApplyOptions(force: forceConflicts, dryRun: dryRun == .server),
            createsNamespace: place.createNamespace, certificateDays: serving.servingCertDays,
            renewsCertificate: serving.renewServingCert, handOver: noWait || dryRun != nil ? nil : timeout.duration,
            adopts: adopt)
    }

    private func steps(_ terminal: Terminal) -> InstallationSteps {
        InstallationSteps(suffix: dryRun == .server ? " (server dry run)" : "", terminal: terminal)
    }

    private func show(_ changes: [IntendedChange], _ terminal: Terminal) throws {
        for change in changes {
            let text = UnifiedDiff(
                path: "\(change.reference)", old: Array(change.old.utf8), new: Array(change.new.utf8))
            terminal.result(text.rendered().escapingControls)
        }
        if !changes.isEmpty { throw ExitStatus.unhealthy }
    }

    private func options(
        _ release: MetricsServerRelease, _ workload: WorkloadOptions, _ namespace: String, caBundle: String?
    ) throws -> MetricsServerOptions {
        // A patch is for what upstream's manifest has installed, unless it is said otherwise.
        let isVerified = print == .patch ? serving.servingCert == .verified : serving.isVerified
        var options = MetricsServerOptions(
            release: release, kubeletInsecureTLS: kubeletInsecureTls, namespace: namespace,
            serving: isVerified ? .verified(caBundle: caBundle) : .selfSigned, workload: workload)
        options.kubeletAuthority = try inspection.authority()
        return options
    }

    private func show(_ form: PrintForm, _ options: MetricsServerOptions, _ terminal: Terminal) throws {
        let manifest = MetricsServerManifest(options)
        switch form {
        case .manifest, .kustomization:
            if form == .manifest {
                terminal.result(try manifest.yaml())
            } else {
                try printing.write(manifest, terminal)
            }
            guard case .verified(let bundle) = options.serving else { return }
            terminal.notice(ServingArguments.printedWithout(options.namespace))
            if bundle == nil { terminal.notice(ServingArguments.printedWithoutBundle) }
        case .rbac:
            let plan = InstallationPlan(
                options: options, server: ServerVersion(major: 1, minor: 21, gitVersion: ""), found: .unknown)
            let roles = try MetricsPermissions(plan, createsNamespace: place.createNamespace).roles()
            terminal.result(try roles.map { try $0.yaml() }.joined(separator: "---\n"))
            terminal.notice(ServingArguments.binding(roles))
        case .patch: terminal.result(try manifest.patch())
        case .images: terminal.result(manifest.image)
        }
    }
}
