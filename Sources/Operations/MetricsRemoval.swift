// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
public import MetricsServer

/// Takes metrics-server out again: the APIService first, because one whose backend is gone makes every namespace's
/// deletion wait (the namespace controller cannot discover what is in it), then the rest in the reverse of its order. A
/// binding that tells the namespace is last: a removal that was interrupted finds the rest by it.
public struct MetricsRemoval: Sendable {
    private let client: APIClient

    /// What became of an object.
    public enum Outcome: Sendable, Equatable {
        case deleted, absent
        /// It is somebody else's, in words.
        case kept(String)
    }

    public init(client: APIClient) { self.client = client }

    /// - Parameters:
    ///   - manifest: what may be there; only objects that kbootstrap applied go.
    ///   - dryRun: look, and delete nothing.
    ///   - removed: told after each object.
    /// - Throws: `APIError` at the first object that cannot be read or deleted; what went before stays gone.
    public func remove(
        _ manifest: MetricsServerManifest, dryRun: Bool, removed: @Sendable (ObjectReference, Outcome) -> Void
    ) async throws {
        let namespace = manifest.installationNamespace
        let authority = KubeletAuthority.configMap(in: namespace)
        let references =
            [ServingMode.secret(in: namespace), authority] + (try manifest.objects().compactMap(ObjectReference.init))
        let (first, last) = (MetricsServerManifest.apiService, MetricsServerManifest.clusterRoleBindings[0])
        var isMounted = false
        for reference in [first] + references.reversed().filter({ $0 != first && $0 != last }) + [last] {
            try Task.checkCancellation()
            if isMounted, reference == references[0] {
                removed(reference, .kept("a Deployment that stays and mounts it"))
                continue
            }
            let outcome = try await remove(reference, dryRun: dryRun)
            if case .kept = outcome, reference.type == .deployments {
                isMounted = ServingMode.isMounted(try await client.get(reference))
            }
            // Few installations have one, so that none is not worth a line.
            if reference != authority || outcome != .absent { removed(reference, outcome) }
        }
    }

    private func remove(_ reference: ObjectReference, dryRun: Bool) async throws(APIError) -> Outcome {
        do throws(APIError) {
            let live = try await client.get(reference)
            if case .other(let owner) = ObjectOwner(live) { return .kept(owner) }
            // By its identity: one that was made anew meanwhile is not the one that was looked at.
            if !dryRun { try await client.delete(reference, uid: live["metadata"]["uid"].string) }
            return .deleted
        } catch {
            guard error.statusCode == 404 else { throw error }
            return .absent
        }
    }
}
