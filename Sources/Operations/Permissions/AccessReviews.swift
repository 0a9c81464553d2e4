// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// Permissions that no rule shows, asked one by one (SelfSubjectAccessReview): an authorizer outside of the API server,
/// a webhook, answers about each, and lists none.
enum AccessReviews {
    /// How many are asked at the same time.
    private static let width = 8

    /// - Returns: those that the caller has; nil where the API server does not answer that, either.
    static func allowed(_ permissions: Set<Permission>, _ client: APIClient) async throws -> Set<Permission>? {
        try await withThrowingTaskGroup(of: (Permission, Bool?).self) { group in
            var waiting = permissions.makeIterator()
            func ask() {
                guard let permission = waiting.next() else { return }
                group.addTask { (permission, try await isAllowed(permission, client)) }
            }
            for _ in 0..<width { ask() }
            var allowed: Set<Permission> = []
            while let (permission, answer) = try await group.next() {
                guard let answer else {
                    group.cancelAll()
                    return nil
                }
                if answer { allowed.insert(permission) }
                ask()
            }
            return allowed
        }
    }

    private static func isAllowed(_ permission: Permission, _ client: APIClient) async throws(APIError) -> Bool? {
        let answer = try await client.raw(
            .post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            body: [
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                "spec": ["resourceAttributes": attributes(permission)],
            ])
        return (try? JSONValue.parse(answer.body))?["status"]["allowed"].bool
    }

    static func attributes(_ permission: Permission) -> JSONValue {
        let parts = permission.resource.split(separator: "/", maxSplits: 1).map(String.init)
        var attributes: JSONValue = [
            "verb": .string(permission.verb), "group": .string(permission.group), "resource": .string(parts[0]),
        ]
        if parts.count > 1 { attributes["subresource"] = .string(parts[1]) }
        if let name = permission.name { attributes["name"] = .string(name) }
        if case .namespace(let namespace) = permission.scope { attributes["namespace"] = .string(namespace) }
        return attributes
    }
}
