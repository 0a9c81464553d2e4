// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// Waits until something that was asked about changes.
struct ClusterChanges: Sendable {
    let client: APIClient
    let evidence: Evidence

    /// Returns at the first change of the APIService, its endpoints or its pods since the evidence was taken; after
    /// `fallback`, because metrics cannot be watched; or after `limit`.
    func next(within limit: Duration, orAfter fallback: Duration) async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: min(limit, fallback)) }
            for watched in watched() {
                group.addTask { await watched.firstChange(client) }
            }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    private struct Watched: Sendable {
        let type: ResourceType
        let namespace: String?
        let name: String
        let version: String

        /// Ends at a change; a watch that is refused never ends, so that the fallback's time counts.
        func firstChange(_ client: APIClient) async {
            do {
                try await client.watch(
                    type, namespace: namespace, fieldSelector: "metadata.name=\(name)", from: version
                ) { _ in false }
            } catch {
                try? await Task.sleep(for: .seconds(3600))
            }
        }
    }

    private func watched() -> [Watched] {
        [(ResourceType.apiServices, evidence.apiService), (.endpoints, evidence.endpoints)].compactMap { type, answer in
            guard let object = answer.object, let name = object.name,
                let version = object["metadata"]["resourceVersion"].string
            else { return nil }
            return Watched(
                type: type, namespace: object["metadata"]["namespace"].string, name: name, version: version)
        }
    }
}
