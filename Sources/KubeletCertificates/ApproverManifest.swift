// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// The objects that approve kubelets' requests from inside the cluster: one pod that follows them, and the least rights.
public struct ApproverManifest: Sendable {
    /// The name of every object.
    public static let name = "kbootstrap-kubelet-approver"

    let image: String
    let namespace: String
    let limits: KubeletCertificateNameLimits

    /// - Parameter image: one whose entry point is kbootstrap.
    public init(image: String, namespace: String, limits: KubeletCertificateNameLimits) {
        self.image = image
        self.namespace = namespace
        self.limits = limits
    }

    public var objects: [JSONValue] { [serviceAccount] + rights + [deployment] }

    /// - Throws: only what the YAML writer might.
    public func yaml() throws -> String { try objects.map { try $0.yaml() }.joined(separator: "---\n") }

    private static let labels: JSONValue = ["app.kubernetes.io/name": .string(name)]

    private func metadata(in namespace: String? = nil) -> JSONValue {
        var metadata: JSONValue = ["name": .string(Self.name), "labels": Self.labels]
        if let namespace { metadata["namespace"] = .string(namespace) }
        return metadata
    }

    private var serviceAccount: JSONValue {
        ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(in: namespace)]
    }

    private var rights: [JSONValue] {
        let signing = "certificates.k8s.io"
        let rbac = "rbac.authorization.k8s.io/v1"
        let subjects: JSONValue = [
            ["kind": "ServiceAccount", "name": .string(Self.name), "namespace": .string(namespace)]
        ]
        func role(_ kind: String) -> JSONValue {
            ["apiGroup": "rbac.authorization.k8s.io", "kind": .string(kind), "name": .string(Self.name)]
        }
        return [
            [
                "apiVersion": .string(rbac), "kind": "ClusterRole", "metadata": metadata(),
                "rules": [
                    rule(signing, "certificatesigningrequests", ["get", "list", "watch"]),
                    rule(signing, "certificatesigningrequests/approval", ["update"]),
                    rule(signing, "signers", ["approve"], names: [KubeletCertificateRequest.signer]),
                    rule("", "nodes", ["list"]), rule("", "services", ["list"]),
                ],
            ],
            [
                "apiVersion": .string(rbac), "kind": "ClusterRoleBinding", "metadata": metadata(),
                "roleRef": role("ClusterRole"), "subjects": subjects,
            ],
            // The API servers' addresses, and no other Endpoints.
            [
                "apiVersion": .string(rbac), "kind": "Role", "metadata": metadata(in: "default"),
                "rules": [rule("", "endpoints", ["get"], names: ["kubernetes"])],
            ],
            [
                "apiVersion": .string(rbac), "kind": "RoleBinding", "metadata": metadata(in: "default"),
                "roleRef": role("Role"), "subjects": subjects,
            ],
        ]
    }

    private func rule(_ group: String, _ resource: String, _ verbs: [String], names: [String] = []) -> JSONValue {
        var rule: JSONValue = [
            "apiGroups": [.string(group)], "resources": [.string(resource)], "verbs": .array(verbs.map { .string($0) }),
        ]
        if !names.isEmpty { rule["resourceNames"] = .array(names.map { .string($0) }) }
        return rule
    }

    private var deployment: JSONValue {
        [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(in: namespace),
            "spec": [
                "replicas": 1, "strategy": ["type": "Recreate"], "selector": ["matchLabels": Self.labels],
                "template": ["metadata": ["labels": Self.labels], "spec": pod],
            ],
        ]
    }

    private var pod: JSONValue {
        [
            "serviceAccountName": .string(Self.name), "priorityClassName": "system-cluster-critical",
            "nodeSelector": ["kubernetes.io/os": "linux"],
            "securityContext": [
                "runAsNonRoot": true,
                // The `nonroot` of distroless images.
                "runAsUser": 65532, "runAsGroup": 65532, "seccompProfile": ["type": "RuntimeDefault"],
            ],
            "containers": [
                [
                    "name": "approver", "image": .string(image), "args": .array(arguments.map { .string($0) }),
                    "resources": [
                        "requests": ["cpu": "10m", "memory": "32Mi"], "limits": ["memory": "256Mi"],
                    ],
                    "securityContext": [
                        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                        "capabilities": ["drop": ["ALL"]],
                    ],
                ]
            ],
        ]
    }

    private var arguments: [String] {
        ["kubelet-certs", "approve", "--watch"]
            + limits.networks.map { "--allow-cidr=\($0)" } + limits.suffixes.map { "--allow-dns-suffix=\($0)" }
            + limits.controlPlaneNodes.sorted().map { "--control-plane-node=\($0)" }
            + limits.reserved.map { "--reserve=\($0)" }
    }
}
