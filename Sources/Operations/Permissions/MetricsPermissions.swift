// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
internal import MetricsServer

/// The least that a user must be allowed to run install-metrics, and then verify.
public struct MetricsPermissions: Sendable {
    private let namespace: String
    private let references: [ObjectReference]
    /// What an installation of other options may have left.
    private let former: ObjectReference?
    private let createsNamespace: Bool
    private let servingCertOnly: Bool

    /// - Parameters:
    ///   - plan: what is to be installed: options change what is needed.
    ///   - createsNamespace: whether the namespace is to be made.
    ///   - servingCertOnly: whether all but the serving certificate is left to somebody else.
    public init(_ plan: InstallationPlan, createsNamespace: Bool, servingCertOnly: Bool = false) throws {
        namespace = plan.options.namespace
        references = try plan.references().filter { !servingCertOnly || [.secrets, .apiServices].contains($0.type) }
        former = servingCertOnly ? nil : FormerBudget.reference(plan)
        (self.createsNamespace, self.servingCertOnly) = (createsNamespace, servingCertOnly)
    }

    // MARK: The table

    /// To read each object, and to make or change it: the API server asks for `create` and `patch` where an apply
    /// makes an object. What is made cannot be bounded by name. And to take away what is not wanted any more.
    private var objects: [Permission] {
        let place =
            namespace == MetricsServerManifest.namespace
            ? [] : [Permission("get", "namespaces", name: namespace)]
        return place + (createsNamespace ? [Permission("create", "namespaces")] : [])
            + references.flatMap {
                [Permission("get", $0), Permission("patch", $0), Permission("create", $0, named: false)]
            } + (former.map { [Permission("get", $0), Permission("delete", $0)] } ?? [])
    }

    /// What metrics-server, and readers of metrics, are given: nobody may give what they do not have, but with the verb
    /// `escalate`.
    private static let granted =
        [Permission("get", "nodes/metrics")]
        + ["pods", "nodes"].flatMap { resource in
            ["get", "list", "watch"].flatMap { verb in
                [Permission(verb, resource), Permission(verb, resource, group: "metrics.k8s.io")]
            }
        }

    private static let rbac = "rbac.authorization.k8s.io"
    private static let escalate = Permission("escalate", "clusterroles", group: rbac)

    /// To bind roles that hold more than this: `bind`, or all that the role allows.
    private static let bound: [(bind: Permission, holds: [Permission])] = [
        (
            Permission("bind", "clusterroles", group: rbac, name: "system:auth-delegator"),
            [
                Permission("create", "tokenreviews", group: "authentication.k8s.io"),
                Permission("create", "subjectaccessreviews", group: "authorization.k8s.io"),
            ]
        ),
        (
            Permission(
                "bind", "roles", group: rbac, name: "extension-apiserver-authentication-reader",
                in: .namespace(MetricsServerManifest.namespace)),
            ["get", "list", "watch"].map {
                Permission(
                    $0, "configmaps", name: "extension-apiserver-authentication",
                    in: .namespace(MetricsServerManifest.namespace))
            }
        ),
    ]

    /// What is read to judge kubelets' certificates, where it may be.
    private static let inspected = [
        Permission(
            "get", "configmaps", name: "kube-root-ca.crt", in: .namespace(MetricsServerManifest.namespace)),
        Permission("list", "certificatesigningrequests", group: "certificates.k8s.io"),
    ]

    /// What verify reads beyond all this.
    private var verified: [Permission] {
        let own = Permission.Scope.namespace(namespace)
        return [
            Permission("list", "apiservices", group: "apiregistration.k8s.io"),
            Permission(
                "get", "configmaps", name: "extension-apiserver-authentication",
                in: .namespace(MetricsServerManifest.namespace)),
            Permission("get", "endpoints", name: "metrics-server", in: own),
            Permission("list", "endpointslices", group: "discovery.k8s.io", in: own),
            Permission("list", "deployments", group: "apps", in: own),
            Permission("get", "pods/log", in: own), Permission("list", "events", in: own),
            Permission("list", "horizontalpodautoscalers", group: "autoscaling"),
        ]
    }

    // MARK: As roles

    /// A ClusterRole, and a Role for each namespace, that hold this and nothing more.
    public func roles() -> [JSONValue] {
        let all = objects + Self.granted + Self.bound.map(\.bind) + Self.inspected + verified
        var scopes = [Permission.Scope.cluster]
        for permission in all where !scopes.contains(permission.scope) { scopes.append(permission.scope) }
        return scopes.map { scope in
            var metadata: JSONValue = ["name": .string(Self.roleName)]
            var kind = "ClusterRole"
            if case .namespace(let namespace) = scope {
                metadata["namespace"] = .string(namespace)
                kind = "Role"
            }
            return [
                "apiVersion": .string("\(Self.rbac)/v1"), "kind": .string(kind), "metadata": metadata,
                "rules": .array(Self.rules(all.filter { $0.scope == scope })),
            ]
        }
    }

    /// What `roles()` are called.
    public static let roleName = "kbootstrap-install-metrics"

    /// One rule for what has the same resource, with and without names; equal rules of one group become one.
    private static func rules(_ permissions: [Permission]) -> [JSONValue] {
        struct Key: Hashable {
            let group: String
            let verbs: [String]
            let names: [String]
        }
        var order: [Key] = []
        var resources: [Key: [String]] = [:]
        var seen: Set<[String]> = []
        for one in permissions where seen.insert([one.group, one.resource, one.name == nil ? "" : "named"]).inserted {
            let same = permissions.filter {
                $0.group == one.group && $0.resource == one.resource && ($0.name == nil) == (one.name == nil)
            }
            // `bind` is for other names than `get` and `patch`.
            for (names, verbs) in byNames(same) {
                let key = Key(group: one.group, verbs: verbs, names: names)
                if resources[key] == nil { order.append(key) }
                resources[key, default: []].append(one.resource)
            }
        }
        return order.map { key in
            var rule: JSONValue = [
                "apiGroups": [.string(key.group)],
                "resources": .array((resources[key] ?? []).map { .string($0) }),
                "verbs": .array(key.verbs.map { .string($0) }),
            ]
            if !key.names.isEmpty { rule["resourceNames"] = .array(key.names.map { .string($0) }) }
            return rule
        }
    }

    private static func byNames(_ permissions: [Permission]) -> [(names: [String], verbs: [String])] {
        var verbs: [String] = []
        for one in permissions where !verbs.contains(one.verb) { verbs.append(one.verb) }
        var found: [(names: [String], verbs: [String])] = []
        for verb in verbs {
            let names = Set(permissions.filter { $0.verb == verb }.compactMap(\.name)).sorted()
            if let index = found.firstIndex(where: { $0.names == names }) {
                found[index].verbs.append(verb)
            } else {
                found.append((names, [verb]))
            }
        }
        return found
    }

    // MARK: Before the first write

    /// Asks what the caller may do, in one request a namespace, and compares. What an authorizer outside of the API
    /// server may allow beyond it is asked one by one.
    ///
    /// - Returns: whether the server could say it all; where it could not, nothing is refused here.
    /// - Throws: `MissingPermissionsError`, which lists everything that is missing to install.
    public func check(_ client: APIClient) async throws -> Bool {
        var rules: [String: PermissionRules] = [:]
        for namespace in Set([namespace, MetricsServerManifest.namespace]) {
            let answer = try await client.raw(
                .post, "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
                body: [
                    "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
                    "spec": ["namespace": .string(namespace)],
                ])
            rules[namespace] = PermissionRules((try? JSONValue.parse(answer.body)) ?? .null)
        }
        func isShown(_ permission: Permission) -> Bool {
            var namespace = self.namespace
            if case .namespace(let name) = permission.scope { namespace = name }
            return rules[namespace]?.allow(permission) ?? false
        }
        var missing = missing(isShown)
        if !missing.isEmpty, !rules.values.allSatisfy(\.isComplete) {
            let unshown = asked.filter { !isShown($0) }
            guard let allowed = try await AccessReviews.allowed(unshown, client) else { return false }
            missing = self.missing { isShown($0) || allowed.contains($0) }
        }
        guard missing.isEmpty else { throw MissingPermissionsError(missing, servingCertOnly: servingCertOnly) }
        return true
    }

    /// All that `missing` asks for.
    private var asked: Set<Permission> {
        Set(objects).union(
            servingCertOnly ? [] : Self.granted + [Self.escalate] + Self.bound.flatMap { [$0.bind] + $0.holds })
    }

    func missing(_ isAllowed: (Permission) -> Bool) -> [Permission] {
        let own = objects.filter { !isAllowed($0) }
        if servingCertOnly { return own.filter { $0.verb != "create" || $0.resource != "apiservices" } }
        return own
            + (isAllowed(Self.escalate) ? [] : Self.granted.filter { !isAllowed($0) })
            + Self.bound.filter { !isAllowed($0.bind) && !$0.holds.allSatisfy(isAllowed) }.map(\.bind)
    }
}

/// All that the caller lacks to install metrics-server.
public struct MissingPermissionsError: Error, Sendable, CustomStringConvertible {
    private let missing: [Permission]
    private let servingCertOnly: Bool

    init(_ missing: [Permission], servingCertOnly: Bool) {
        self.missing = missing
        self.servingCertOnly = servingCertOnly
    }

    public var description: String {
        var places: [String] = []
        for one in missing where !places.contains(one.place) { places.append(one.place) }
        let parts = places.map { place in
            var verbs: [String] = []
            for one in missing where one.place == place && !verbs.contains(one.verb) { verbs.append(one.verb) }
            return "\(place) (\(verbs.joined(separator: ", ")))"
        }
        return "nothing was written, because the caller may not do it all: \(parts.joined(separator: "; "))"
    }

    public var hint: String? {
        !servingCertOnly && missing.allSatisfy { $0.resource == "secrets" }
            ? "kbootstrap install-metrics --serving-cert self-signed   # needs none; kube-apiserver verifies nothing then"
            : "kbootstrap install-metrics --print rbac   # the roles that an administrator can give"
    }
}
