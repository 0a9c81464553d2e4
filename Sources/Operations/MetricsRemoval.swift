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
    ///   - noted: told what else is worth knowing.
    /// - Throws: `APIError` at the first object that cannot be read or deleted; what went before stays gone.
    public func remove(
        _ manifest: MetricsServerManifest, dryRun: Bool, removed: @Sendable (ObjectReference, Outcome) -> Void,
        noted: @Sendable (String) -> Void
    ) async throws {
        let namespace = manifest.installationNamespace
        let authority = KubeletAuthority.configMap(in: namespace)
        let references =
            [ServingMode.secret(in: namespace), authority] + (try manifest.objects().compactMap(ObjectReference.init))
        let (first, last) = (MetricsServerManifest.apiService, MetricsServerManifest.clusterRoleBindings[0])
        let broken = (try? await client.get(first)).flatMap(Self.fault)
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
            if reference == first, let broken, outcome != .absent {
                noted(Self.consequence(broken, isGone: outcome == .deleted && !dryRun))
            }
            // Few installations have one, so that none is not worth a line.
            if reference != authority || outcome != .absent { removed(reference, outcome) }
        }
        let place = ObjectReference(.namespaces, name: namespace)
        if let made = try? await client.get(place), ObjectOwner(made) == .kbootstrap {
            noted("\(place) stays, which install-metrics made: kubectl delete \(place)   # with all that is in it")
        }
    }

    /// Why the aggregator does not reach what is behind an APIService; nil where it does, or has not looked yet.
    private static func fault(_ apiService: JSONValue) -> String? {
        let conditions = apiService["status"]["conditions"].array ?? []
        let available = conditions.first { $0["type"].string == "Available" && $0["status"].string == "False" }
        return available.map { ($0["reason"].string ?? "Available=False").singleLine }
    }

    private static func consequence(_ fault: String, isGone: Bool) -> String {
        isGone
            ? "\(MetricsServerManifest.apiService) was broken (\(fault)): namespaces whose deletion waited for it can go now"
            : "\(MetricsServerManifest.apiService) is broken (\(fault)): while it is there, no namespace's deletion ends"
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
