// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import MetricsServer
import Testing

@testable import Operations

@Suite struct MetricsPermissionsTests {
    private static let reviews = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"

    private static func permissions(
        namespace: String = "kube-system", highAvailability: Bool = false,
        serving: ServingMode = .verified(caBundle: nil),
        createsNamespace: Bool = false
    ) throws -> MetricsPermissions {
        var workload = WorkloadOptions()
        workload.highAvailability = highAvailability
        let options = MetricsServerOptions(
            release: MetricsServerRelease.all[1], namespace: namespace, serving: serving, workload: workload)
        let plan = InstallationPlan(
            options: options, server: ServerVersion(major: 1, minor: 31, gitVersion: "v1.31.0"), found: .unknown)
        return try MetricsPermissions(plan, createsNamespace: createsNamespace)
    }

    /// What the roles allow, asked as the API server answers: a ClusterRole everywhere, a Role in its namespace.
    private static func missing(_ permissions: MetricsPermissions, with roles: [JSONValue]) -> [Permission] {
        permissions.missing { permission in
            roles.contains { role in
                let namespace = role["metadata"]["namespace"].string
                return (namespace == nil || permission.scope == .namespace(namespace ?? ""))
                    && PermissionRules(["status": ["resourceRules": role["rules"]]]).allow(permission)
            }
        }
    }

    @Test("the roles that are printed are enough, and each word is needed", arguments: ["kube-system", "monitoring"])
    func roles(_ namespace: String) throws {
        let permissions = try Self.permissions(namespace: namespace)
        let roles = permissions.roles()
        #expect(Self.missing(permissions, with: roles).isEmpty)
        var unused: Set<String> = []
        for (index, role) in roles.enumerated() {
            for (number, rule) in (role["rules"].array ?? []).enumerated() {
                for field in ["verbs", "resources", "apiGroups", "resourceNames"] {
                    for (place, word) in (rule[field].array ?? []).enumerated() {
                        var words = rule[field].array ?? []
                        words.remove(at: place)
                        var lesser = roles
                        var rules = role["rules"].array ?? []
                        // A list of names that is empty would allow all.
                        rules[number][field] = .array(words.isEmpty ? ["nothing"] : words)
                        lesser[index]["rules"] = .array(rules)
                        if Self.missing(permissions, with: lesser).isEmpty {
                            let resources = (rule["resources"].array ?? []).compactMap(\.string)
                            unused.insert("\(word.string ?? "") of \(resources)")
                        }
                    }
                }
            }
        }
        // What verify, and looking at kubelets, read beyond what install needs.
        let read = [
            #"["configmaps"]"#, #"["endpoints"]"#, #"["events"]"#, #"["pods/log"]"#, #"["certificatesigningrequests"]"#,
            #"["horizontalpodautoscalers"]"#, #"["endpointslices"]"#,
        ]
        #expect(
            unused.filter { line in !read.contains { line.hasSuffix($0) } }
                == [#"list of ["apiservices"]"#, #"list of ["deployments"]"#])
        #expect(read.allSatisfy { name in unused.contains("get of \(name)") || unused.contains("list of \(name)") })
    }

    @Test("whoever may do nothing is told everything at once, each kind in one place")
    func nothing() throws {
        let missing = try Self.permissions().missing { _ in false }
        let error = MissingPermissionsError(missing, servingCertOnly: false)
        for part in [
            "secrets in kube-system (get, patch, create)", "serviceaccounts in kube-system (get, patch, create)",
            "clusterroles.rbac.authorization.k8s.io (get, patch, create, bind)",
            "rolebindings.rbac.authorization.k8s.io in kube-system (get, patch, create)",
            "clusterrolebindings.rbac.authorization.k8s.io (get, patch, create)",
            "services in kube-system (get, patch, create)", "deployments.apps in kube-system (get, patch, create)",
            "apiservices.apiregistration.k8s.io (get, patch, create)",
            "poddisruptionbudgets.policy in kube-system (get, delete)", "nodes/metrics (get)",
            "pods.metrics.k8s.io (get, list, watch)", "roles.rbac.authorization.k8s.io in kube-system (bind)",
        ] {
            #expect(error.description.components(separatedBy: part).count == 2, "\(part) in \(error.description)")
        }
        #expect(error.hint?.contains("--print rbac") == true)
    }

    @Test("options change what is needed")
    func options() throws {
        func places(_ permissions: MetricsPermissions) -> Set<String> {
            Set(permissions.missing { _ in false }.map { "\($0.verb) \($0.place)" })
        }
        let usual = places(try Self.permissions())
        let selfSigned = places(try Self.permissions(serving: .selfSigned))
        #expect(
            usual.subtracting(selfSigned) == Set(["get", "patch", "create"].map { "\($0) secrets in kube-system" }))
        let available = places(try Self.permissions(highAvailability: true))
        let budget = "poddisruptionbudgets.policy in kube-system"
        #expect(available.subtracting(usual) == ["patch \(budget)", "create \(budget)"])
        #expect(usual.subtracting(available) == ["delete \(budget)"])
        let moved = places(try Self.permissions(namespace: "monitoring", createsNamespace: true))
        #expect(moved.contains("create namespaces") && moved.contains("get namespaces"))
        #expect(moved.contains("get secrets in monitoring") && !moved.contains("get secrets in kube-system"))
        #expect(moved.contains("get rolebindings.rbac.authorization.k8s.io in kube-system"))
        #expect(!usual.contains("create namespaces"))
    }

    @Test("escalate and bind, or all that a role holds, are either enough")
    func either() throws {
        let permissions = try Self.permissions()
        let all = permissions.missing { _ in false }
        let escalate = Permission("escalate", "clusterroles", group: "rbac.authorization.k8s.io")
        #expect(permissions.missing { $0 == escalate }.count == all.count - 13)
        // Instead of bind on system:auth-delegator, what it holds.
        let held = ["tokenreviews", "subjectaccessreviews"]
        let withHeld = permissions.missing { held.contains($0.resource) && $0.verb == "create" }
        #expect(withHeld.count == all.count - 1)
        #expect(permissions.missing { $0.resource == "tokenreviews" }.count == all.count)
    }

    @Test("a rule allows by verb, group, resource and name, and a star is all of them")
    func rules() {
        func allows(_ rule: JSONValue, _ permission: Permission) -> Bool {
            PermissionRules(["status": ["resourceRules": [rule]]]).allow(permission)
        }
        let named: JSONValue = [
            "verbs": ["get", "create"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a"],
        ]
        #expect(allows(named, Permission("get", "secrets", name: "a")))
        #expect(!allows(named, Permission("get", "secrets", name: "b")))
        #expect(!allows(named, Permission("patch", "secrets", name: "a")))
        #expect(!allows(named, Permission("get", "configmaps", name: "a")))
        #expect(!allows(named, Permission("get", "secrets", group: "apps", name: "a")))
        // What is made has no name yet that a rule could bound.
        #expect(!allows(named, Permission("create", "secrets")))
        let star: JSONValue = ["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]
        #expect(allows(star, Permission("bind", "roles", group: "rbac.authorization.k8s.io", name: "x")))
    }

    private static let accessReviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

    @Test("one request a namespace asks; what an outside authorizer may allow is asked one by one, and told at once")
    func check() async throws {
        let star: JSONValue = [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]]
        let permissions = try Self.permissions(namespace: "monitoring")
        let all = ObjectServer([
            Self.reviews: .object(["status": ["resourceRules": star, "incomplete": true]])
        ])
        #expect(try await all.with { try await permissions.check($0) })
        #expect(all.writes.count == 2)
        for isAllowed in [true, false] {
            let server = ObjectServer([
                Self.reviews: .object(["status": ["resourceRules": [], "incomplete": true]]),
                Self.accessReviews: .object(["status": ["allowed": .bool(isAllowed)]]),
            ])
            do {
                let isSaid = try await server.with { try await permissions.check($0) }
                #expect(isSaid && isAllowed)
            } catch let error as MissingPermissionsError {
                #expect(!isAllowed && error.description.contains("secrets in monitoring (get, patch, create)"))
                #expect(error.description.contains("deployments.apps in monitoring"))
            }
            #expect(server.writes.filter { $0 == "POST selfsubjectaccessreviews" }.count > 40)
        }
    }

    @Test("a server that answers neither question refuses nothing")
    func unanswered() async throws {
        let permissions = try Self.permissions()
        let server = ObjectServer([
            Self.reviews: .object(["status": ["resourceRules": [], "incomplete": true]]),
            Self.accessReviews: .refusal(403),
        ])
        #expect(try await server.with { try await permissions.check($0) } == false)
    }

    @Test("a review names the subresource, the object and the namespace by themselves")
    func review() {
        #expect(
            AccessReviews.attributes(Permission("get", "pods/log", name: "x", in: .namespace("n")))
                == [
                    "verb": "get", "group": "", "resource": "pods", "subresource": "log", "name": "x", "namespace": "n",
                ])
        #expect(
            AccessReviews.attributes(Permission("bind", "clusterroles", group: "g"))
                == ["verb": "bind", "group": "g", "resource": "clusterroles"])
    }

    @Test("where a complete list lacks it all, nothing more is asked")
    func complete() async throws {
        let permissions = try Self.permissions(namespace: "monitoring")
        let none = ObjectServer([Self.reviews: .object(["status": ["resourceRules": [], "incomplete": false]])])
        let error = await #expect(throws: MissingPermissionsError.self) {
            try await none.with { try await permissions.check($0) }
        }
        #expect(error?.description.contains("secrets in monitoring (get, patch, create)") == true)
        #expect(error?.description.contains("deployments.apps in monitoring") == true)
        #expect(Set(none.writes) == ["POST selfsubjectrulesreviews"])
    }

    @Test("where Secrets alone are missing, the way without them is named")
    func hint() throws {
        let permissions = try Self.permissions()
        let error = MissingPermissionsError(permissions.missing { $0.resource != "secrets" }, servingCertOnly: false)
        #expect(error.hint?.contains("--serving-cert self-signed") == true)
    }
}
