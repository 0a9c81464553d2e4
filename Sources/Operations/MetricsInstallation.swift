// SPDX-License-Identifier: Apache-2.0

public import Core
internal import FoundationEssentials
public import KubernetesClient
internal import MetricsServer
public import Verification

/// Installs metrics-server, then follows it until metrics flow. Each step may be done twice.
public struct MetricsInstallation: Sendable {
    let client: APIClient
    private let connection: ClusterConnection

    public init(client: APIClient, connection: ClusterConnection) {
        self.client = client
        self.connection = connection
    }

    /// Brings everything to what is intended: the namespace, the serving certificate, then the objects in their order,
    /// one read and at most one write each; then takes away the budget that an installation of two replicas has left.
    ///
    /// - Parameter told: called at each step.
    /// - Throws: at the first object that is refused; what was applied before stays. Where somebody
    ///   else keeps an object, before anything was written.
    public func install(
        _ plan: InstallationPlan, _ settings: InstallationSettings, told: @escaping @Sendable (InstallationStep) -> Void
    ) async throws {
        let namespace = plan.options.namespace
        var live = try await LiveObjects.read(plan, client)
        let budget = try await FormerBudget.read(plan, over: live, client)
        let foreign = live.foreign
        guard foreign.isEmpty || settings.takesOver else {
            throw ForeignObjectsError(foreign: foreign, renewsCertificate: settings.renewsCertificate)
        }
        let intended = try plan.objects(caBundle: nil)
        try live.refuseImmutable(intended)
        let isNew = try await MetricsNamespace.ensure(
            namespace, creating: settings.createsNamespace, dryRun: settings.apply.dryRun, client: client)
        if isNew { told(.applied(ObjectReference(.namespaces, name: namespace), .created)) }
        // In a namespace that a dry run has not made, the API server takes no object.
        let unmade = isNew && settings.apply.dryRun ? namespace : nil
        for (reference, owner) in foreign {
            told(.note("\(reference) is taken over from \(owner.singleLine)"))
        }
        if let change = plan.imageChange(from: live) { told(.note(change)) }
        let unmarked = settings.apply.dryRun ? [] : try await live.adopt(intended, client)
        let adopted = Set(foreign.map(\.reference))
        let secret = ServingMode.secret(in: namespace)
        if plan.isVerified, unmade != nil { told(.unchecked(secret)) }
        let bundle =
            plan.isVerified && unmade == nil ? try await caBundle(plan, settings, adopted, live, told) : nil
        for object in try plan.objects(caBundle: bundle) {
            try Task.checkCancellation()
            guard let reference = ObjectReference(object) else { continue }
            guard unmade == nil || reference.namespace != unmade else {
                told(.unchecked(reference))
                continue
            }
            let options = settings.apply(of: reference, adopted)
            let applied: AppliedObject
            if reference != MetricsServerManifest.apiService {
                applied = try await client.applyWithPorts(
                    object, over: live[reference], options: options, server: plan.server)
            } else {
                let isReady = plan.isVerified ? try await mayVerify(plan, settings, told) : true
                applied = try await applyAPIService(
                    isReady ? object : plan.unverifiedAPIService(or: object), over: live, options, plan.server)
            }
            told(.applied(applied.reference, unmarked.contains(reference) ? .configured : applied.outcome))
        }
        if let budget { told(try await budget.remove(client, dryRun: settings.apply.dryRun)) }
    }

    /// One that was there is read again: it may have changed since, by this very run.
    private func applyAPIService(
        _ object: JSONValue, over live: LiveObjects, _ options: ApplyOptions, _ server: ServerVersion
    ) async throws(APIError) -> AppliedObject {
        guard live[MetricsServerManifest.apiService] != nil else {
            return try await client.apply(object, over: nil, options: options, server: server)
        }
        return try await client.apply(object, options: options, server: server)
    }

    private func caBundle(
        _ plan: InstallationPlan, _ settings: InstallationSettings, _ adopted: Set<ObjectReference>,
        _ live: LiveObjects, _ told: @Sendable (InstallationStep) -> Void
    ) async throws -> String {
        var options = settings.apply(of: ServingMode.secret(in: plan.options.namespace), adopted)
        if adopted.contains(MetricsServerManifest.apiService) { options.force = true }
        let certificate = ServingCertificateInstallation(
            client: client, server: plan.server, options: options, namespace: plan.options.namespace,
            days: settings.certificateDays)
        return try await certificate.prepare(
            secret: live[ServingMode.secret(in: plan.options.namespace)],
            apiService: live[MetricsServerManifest.apiService], renewing: settings.renewsCertificate
        ) { told(InstallationStep($0)) }
    }

    /// An unverified APIService stays so until what is behind it can be verified.
    ///
    /// - Returns: false where it stays so for now, because nobody waits.
    private func mayVerify(
        _ plan: InstallationPlan, _ settings: InstallationSettings,
        _ told: @escaping @Sendable (InstallationStep) -> Void
    ) async throws -> Bool {
        let handOver = HandOver(
            from: plan.apiService, namespace: plan.options.namespace, timeout: settings.handOver ?? .zero
        ) { told(.waiting("pods with the new certificate, before kube-apiserver verifies it")) }
        guard let handOver, !settings.apply.dryRun else { return true }
        if settings.handOver == nil, try await !handOver.isOver(client) {
            told(
                .note(
                    "the APIService stays unverified until its pods serve with the new certificate: run this again then"
                ))
            return false
        }
        try await handOver.wait(client)
        return true
    }

    /// Waits until the whole chain is proven, or a failure is met that time will not mend.
    ///
    /// - Parameter waiting: told what is waited for, and for how long so far.
    public func follow(
        timeout: Duration, waiting: @Sendable (Finding, Duration) -> Void
    ) async throws -> VerificationReport {
        let options = VerificationOptions(
            apiServiceName: MetricsServerManifest.apiService.name, timeout: timeout, expectsRollout: true)
        return try await Verifier(client: client, connection: connection, options: options)
            .run { finding, elapsed, evidence in
                waiting(finding, elapsed)
                if evidence.hasReadyBackend, !evidence.isAvailable { await nudge() }
            }
    }

    /// A change of the APIService makes the aggregator look at once; by itself it waits up to 30 s after failures.
    private func nudge() async {
        let moment = Date().formatted(.iso8601)
        _ = try? await client.patch(
            MetricsServerManifest.apiService,
            ["metadata": ["annotations": ["kbootstrap.dev/looked-at": .string(moment)]]],
            type: .merge)
    }
}
