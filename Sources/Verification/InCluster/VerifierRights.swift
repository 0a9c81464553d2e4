// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// What `verify` reads, as RBAC: nothing is written, and no Secret is read.
struct VerifierRights: Sendable {
    static let labels: JSONValue = ["app.kubernetes.io/name": .string(VerifierManifest.name)]

    let namespace: String
    let apiServiceName: String?

    private static let rbac = "rbac.authorization.k8s.io"

    var objects: [JSONValue] {
        bound("ClusterRole", VerifierManifest.name, in: nil, clusterRules)
            + bound(
                "Role", VerifierManifest.name, in: namespace,
                [
                    rule("", ["services"], ["get"]), rule("", ["endpoints"], ["get", "watch"]),
                    rule("discovery.k8s.io", ["endpointslices"], ["list", "watch"]),
                    rule("apps", ["deployments"], ["list"]),
                    rule("", ["pods", "events"], ["list"]), rule("", ["pods/log"], ["get"]),
                ])
            + bound(
                "Role", "\(VerifierManifest.name)-published", in: "kube-system",
                [rule("", ["configmaps"], ["get"], names: ["extension-apiserver-authentication"])])
            + bound(
                "Role", "\(VerifierManifest.name)-api-servers", in: "default",
                [rule("", ["endpoints"], ["get"], names: ["kubernetes"])])
    }

    private var clusterRules: [JSONValue] {
        let registered = "apiregistration.k8s.io"
        return [
            // That of metrics is found by its group; of the others those that are down are named.
            rule(registered, ["apiservices"], ["get", "list", "watch"]),
            // Of other groups the first resource is listed, which discovery tells.
            rule(group, group == Self.metrics ? ["nodes", "pods"] : ["*"], ["list"]),
            // What each API server's own metrics say of the APIService.
            ["nonResourceURLs": ["/metrics"], "verbs": ["get"]],
            // Which of them refuses what a backend asks about its callers.
            rule(
                "admissionregistration.k8s.io", ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
                ["list"]),
        ]
            + (group == Self.metrics
                ? [
                    rule("", ["nodes", "pods"], ["list"]),
                    rule("autoscaling", ["horizontalpodautoscalers"], ["list"]),
                    // What has become of a kubelet's request for its serving certificate.
                    rule("certificates.k8s.io", ["certificatesigningrequests"], ["list"]),
                ] : [])
    }

    private static let metrics = "metrics.k8s.io"

    private var group: String {
        apiServiceName.map { $0.split(separator: ".", maxSplits: 1).dropFirst().joined() } ?? Self.metrics
    }

    private func bound(_ kind: String, _ name: String, in namespace: String?, _ rules: [JSONValue]) -> [JSONValue] {
        var metadata: JSONValue = ["name": .string(name), "labels": Self.labels]
        if let namespace { metadata["namespace"] = .string(namespace) }
        return [
            [
                "apiVersion": .string("\(Self.rbac)/v1"), "kind": .string(kind), "metadata": metadata,
                "rules": .array(rules),
            ],
            [
                "apiVersion": .string("\(Self.rbac)/v1"), "kind": .string("\(kind)Binding"), "metadata": metadata,
                "roleRef": ["apiGroup": .string(Self.rbac), "kind": .string(kind), "name": .string(name)],
                "subjects": [
                    [
                        "kind": "ServiceAccount", "name": .string(VerifierManifest.name),
                        "namespace": .string(self.namespace),
                    ]
                ],
            ],
        ]
    }

    private func rule(_ group: String, _ resources: [String], _ verbs: [String], names: [String] = []) -> JSONValue {
        var rule: JSONValue = [
            "apiGroups": [.string(group)], "resources": .array(resources.map { .string($0) }),
            "verbs": .array(verbs.map { .string($0) }),
        ]
        if !names.isEmpty { rule["resourceNames"] = .array(names.map { .string($0) }) }
        return rule
    }
}
