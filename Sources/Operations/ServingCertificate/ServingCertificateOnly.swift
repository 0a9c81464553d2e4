// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient
internal import MetricsServer

extension MetricsInstallation {
    /// Sees to the serving certificate's Secret and the APIService's caBundle, and to nothing else: for objects that
    /// somebody else applies, who cannot have a key in a repository.
    ///
    /// - Parameter told: called at each step.
    /// - Throws: before anything was written, where the APIService leads to another program.
    public func installServingCertificate(
        _ plan: InstallationPlan, _ settings: InstallationSettings, told: @escaping @Sendable (InstallationStep) -> Void
    ) async throws {
        let namespace = plan.options.namespace
        if let live = plan.apiService { try OtherBackendError.refuse(live, namespace) }
        let secret = try await LiveObjects.existing(ServingMode.secret(in: namespace), client)
        if try await MetricsNamespace.ensure(
            namespace, creating: settings.createsNamespace, dryRun: settings.apply.dryRun, client: client)
        {
            told(.applied(ObjectReference(.namespaces, name: namespace), .created))
            if settings.apply.dryRun { return told(.unchecked(ServingMode.secret(in: namespace))) }
        }
        let certificate = ServingCertificateInstallation(
            client: client, server: plan.server, options: settings.apply, namespace: namespace,
            days: settings.certificateDays, othersAPIService: true)
        let field = CABundleField(
            try await certificate.prepare(
                secret: secret, apiService: plan.apiService, renewing: settings.renewsCertificate
            ) { told(InstallationStep($0)) })
        // As it is now: the overlap of two CAs may have been written by this very run.
        let found = plan.apiService == nil ? nil : try await client.existing(MetricsServerManifest.apiService)
        guard let now = found, now["spec"]["insecureSkipTLSVerify"].bool != true else {
            let state = found == nil ? "is not there yet" : "verifies nothing yet"
            told(.note("\(MetricsServerManifest.apiService) \(state): run this again once the manifest is applied"))
            return
        }
        let written = try await field.write(over: now, client, settings.apply, plan.server)
        told(.applied(written.reference, written.outcome))
        if field.isOverwritten(now) {
            told(.note("the manifest that was applied holds another caBundle, and brings it back: leave it out there"))
        }
    }
}

/// An APIService that leads to another program than the certificate is for.
public struct OtherBackendError: Error, Sendable, CustomStringConvertible {
    private let service: String
    private let namespace: String

    static func refuse(_ live: JSONValue, _ namespace: String) throws {
        let service = live["spec"]["service"]
        guard service["name"].string != "metrics-server" || service["namespace"].string != namespace else { return }
        throw OtherBackendError(
            service: "\(service["namespace"].string ?? "")/\(service["name"].string ?? "")".singleLine,
            namespace: namespace)
    }

    public var description: String {
        "nothing was written, because \(MetricsServerManifest.apiService) leads to Service \(service), and the "
            + "certificate would be for \(namespace.singleLine)/metrics-server"
    }

    public var hint: String? { "kubectl get apiservice \(MetricsServerManifest.apiService.name) -o yaml" }
}
