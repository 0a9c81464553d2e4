// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import KubernetesClient
public import MetricsServer
public import Verification

/// Installs metrics-server, then follows it until metrics flow. Each step may be done twice.
public struct MetricsInstallation: Sendable {
    private let client: APIClient
    private let connection: ClusterConnection

    public init(client: APIClient, connection: ClusterConnection) {
        self.client = client
        self.connection = connection
    }

    /// Applies the objects in their order, one read and at most one write each.
    ///
    /// - Parameter applied: told after each object.
    /// - Throws: `APIError` at the first object that is refused; what was applied before stays.
    public func apply(
        _ manifest: MetricsServerManifest, options: ApplyOptions, server: ServerVersion,
        applied: @Sendable (AppliedObject) -> Void
    ) async throws {
        for object in try manifest.objects() {
            try Task.checkCancellation()
            applied(try await client.apply(object, options: options, server: server))
        }
    }

    /// Waits until the whole chain is proven, or a failure is met that time will not mend.
    ///
    /// - Parameter waiting: told what is waited for, and for how long so far.
    public func follow(
        timeout: Duration, waiting: @Sendable (Finding, Duration) -> Void
    ) async throws -> VerificationReport {
        let options = VerificationOptions(
            apiServiceName: MetricsServerManifest.apiService.name, timeout: timeout)
        return try await Verifier(client: client, connection: connection, options: options)
            .run { finding, elapsed, evidence in
                waiting(finding, elapsed)
                if hasReadyBackend(evidence), !isAvailable(evidence) { await nudge() }
            }
    }

    /// A change of the APIService makes the aggregator look at once; by itself it waits up to 30 s after failures.
    private func nudge() async {
        let moment = Date().formatted(.iso8601)
        _ = try? await client.patch(
            MetricsServerManifest.apiService, ["metadata": ["annotations": ["kbootstrap.dev/looked-at": .string(moment)]]],
            type: .merge)
    }

    private func hasReadyBackend(_ evidence: Evidence) -> Bool {
        (evidence.endpoints.object?["subsets"].array ?? []).contains { $0["addresses"].array?.isEmpty == false }
    }

    private func isAvailable(_ evidence: Evidence) -> Bool {
        (evidence.apiService.object?["status"]["conditions"].array ?? []).contains {
            $0["type"].string == "Available" && $0["status"].string == "True"
        }
    }
}
