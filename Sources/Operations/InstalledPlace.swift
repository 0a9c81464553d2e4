// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
internal import MetricsServer

/// The cluster-wide objects that tell which namespace metrics-server is in, as they are.
///
/// A removal that was interrupted, or somebody's delete, leaves some of them without the others.
public struct InstalledPlace: Sendable {
    /// Those that could be read; nil for no such object.
    private let objects: [ObjectReference: JSONValue?]

    /// Where nobody was asked.
    public static let unknown = InstalledPlace(objects: [:])

    init(objects: [ObjectReference: JSONValue?]) { self.objects = objects }

    /// Reads all at once; what the caller may not read tells nothing.
    public static func read(_ client: APIClient) async throws -> InstalledPlace {
        var objects: [ObjectReference: JSONValue?] = [:]
        try await withThrowingTaskGroup(of: (ObjectReference, JSONValue?)?.self) { group in
            for reference in [MetricsServerManifest.apiService] + MetricsServerManifest.clusterRoleBindings {
                group.addTask {
                    do throws(APIError) { return (reference, try await client.existing(reference)) } catch {
                        guard error.statusCode == 403 else { throw error }
                        return nil
                    }
                }
            }
            for try await found in group { if let (reference, object) = found { objects[reference] = .some(object) } }
        }
        return InstalledPlace(objects: objects)
    }

    /// The APIService; nil where there is none, and where it may not be read.
    public var apiService: JSONValue? { self[MetricsServerManifest.apiService] }

    subscript(_ reference: ObjectReference) -> JSONValue? { objects[reference] ?? nil }

    /// Whether it is known if there is such an object.
    func isRead(_ reference: ObjectReference) -> Bool { objects[reference] != nil }

    /// Where the APIService leads, or else where the account is that the bindings are for; upstream's namespace where
    /// nothing tells one.
    public var namespace: String {
        let service = apiService?["spec"]["service"] ?? .null
        let bound = MetricsServerManifest.clusterRoleBindings.flatMap { self[$0]?["subjects"].array ?? [] }
        let named = ([service] + bound).first { $0["name"].string == "metrics-server" && $0["namespace"].string != nil }
        return named?["namespace"].string ?? MetricsServerManifest.namespace
    }
}
