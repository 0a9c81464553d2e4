// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// A verb on a resource, as RBAC names them.
struct Permission: Sendable, Hashable {
    /// Where a rule must stand to give it.
    enum Scope: Sendable, Hashable {
        case cluster
        case namespace(String)
    }

    let verb: String
    let group: String
    /// Plural; with a subresource behind a slash.
    let resource: String
    /// The one object that is meant; nil for all, and for what is made.
    let name: String?
    let scope: Scope

    init(_ verb: String, _ resource: String, group: String = "", name: String? = nil, in scope: Scope = .cluster) {
        (self.verb, self.resource, self.group, self.name, self.scope) = (verb, resource, group, name, scope)
    }

    init(_ verb: String, _ reference: ObjectReference, named: Bool = true) {
        self.init(
            verb, reference.type.plural, group: reference.type.group, name: named ? reference.name : nil,
            in: reference.namespace.map { .namespace($0) } ?? .cluster)
    }

    /// `secrets in kube-system`, `clusterroles.rbac.authorization.k8s.io`
    var place: String {
        let kind = resource + (group.isEmpty ? "" : ".\(group)")
        if case .namespace(let namespace) = scope { return "\(kind) in \(namespace)" }
        return kind
    }
}

/// What the API server says that the caller may do in a namespace, and everywhere (SelfSubjectRulesReview).
struct PermissionRules: Sendable {
    private let rules: [JSONValue]
    /// Whether the server knows of no more: an authorizer outside of it, a webhook, lists nothing.
    let isComplete: Bool

    /// - Parameter review: the answer to a SelfSubjectRulesReview.
    init(_ review: JSONValue) {
        rules = review["status"]["resourceRules"].array ?? []
        isComplete = review["status"].object != nil && review["status"]["incomplete"].bool != true
    }

    func allow(_ permission: Permission) -> Bool {
        rules.contains { rule in
            Self.has(rule["verbs"], permission.verb) && Self.has(rule["apiGroups"], permission.group)
                && Self.has(rule["resources"], permission.resource) && Self.names(rule, permission.name)
        }
    }

    private static func has(_ list: JSONValue, _ word: String) -> Bool {
        (list.array ?? []).contains { $0 == "*" || $0.string == word }
    }

    private static func names(_ rule: JSONValue, _ name: String?) -> Bool {
        let names = (rule["resourceNames"].array ?? []).compactMap(\.string)
        return names.isEmpty || name.map(names.contains) ?? false
    }
}
