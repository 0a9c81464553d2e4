// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
internal import MetricsServer

/// The namespace that metrics-server is to be in.
public enum MetricsNamespace {
    /// Sees to it that there is such a namespace.
    ///
    /// - Parameter creating: make it where it is missing.
    /// - Returns: whether it was made now.
    public static func ensure(
        _ name: String, creating: Bool, dryRun: Bool, client: APIClient
    ) async throws -> Bool {
        guard try await isMissing(name, creating: creating, client) else { return false }
        _ = try await client.create(object(name), dryRun: dryRun)
        return true
    }

    /// - Throws: `MissingNamespaceError` where it is missing and nobody is going to make it.
    static func isMissing(_ name: String, creating: Bool, _ client: APIClient) async throws -> Bool {
        // Every API server makes kube-system at its start.
        guard name != MetricsServerManifest.namespace else { return false }
        guard try await client.existing(ObjectReference(.namespaces, name: name)) == nil else { return false }
        guard creating else { throw MissingNamespaceError(name: name) }
        return true
    }

    static func object(_ name: String) -> JSONValue {
        ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]]
    }
}

/// There is no such namespace, and nobody asked to make it.
public struct MissingNamespaceError: Error, Sendable, CustomStringConvertible {
    let name: String

    public var description: String { "there is no namespace \(name.singleLine)" }
    public var hint: String? { "the same with --create-namespace   # makes it" }
}
