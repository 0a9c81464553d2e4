// SPDX-License-Identifier: Apache-2.0

import KubernetesClient

/// One change to the objects of a lab's cluster, as somebody might make it.
enum WorkloadChange: Sendable {
    case patch(ObjectReference, JSONValue, APIClient.PatchType)
    case delete(ObjectReference)
    case create(path: String, JSONValue)

    func make(_ client: APIClient) async throws(APIError) {
        switch self {
        case .patch(let object, let patch, let type):
            _ = try await client.patch(object, patch, type: type, query: [("fieldManager", "kubectl-edit")])
        case .delete(let object): try await client.delete(object)
        case .create(let path, let object): _ = try await client.raw(.post, path, body: object)
        }
    }
}

extension WorkloadFault {
    private static let namespace = "kube-system"
    private static let deployment = ObjectReference(.deployments, namespace: namespace, name: "metrics-server")
    private static let service = ObjectReference(.services, namespace: namespace, name: "metrics-server")
    static let apiService = ObjectReference(.apiServices, name: "v1beta1.metrics.k8s.io")

    /// What is wrong with the node before anything is installed.
    func changes(ofNode name: String) -> [WorkloadChange] {
        let node = ObjectReference(.nodes, name: name)
        return switch self {
        case .untoleratedTaint:
            [
                .patch(
                    node,
                    ["spec": ["taints": [["key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"]]]],
                    .strategic)
            ]
        case .nodeLabelMissing: [.patch(node, ["metadata": ["labels": ["kubernetes.io/os": .null]]], .merge)]
        default: []
        }
    }

    /// What is changed once metrics-server's objects are there.
    var changesOfObjects: [WorkloadChange] {
        switch self {
        case .untoleratedTaint, .nodeLabelMissing, .noWayToAPIServer: []
        case .unknownFlag: [argument("--source=kubernetes.summary_api:''")]
        case .lowPort: [argument("--secure-port=443")]
        case .kubeletsPort:
            [
                .patch(
                    Self.deployment,
                    [
                        ["op": "add", "path": "/spec/template/spec/hostNetwork", "value": true],
                        appended("--secure-port=\(HollowNode.port)"),
                    ], .json)
            ]
        case .imageAbsent:
            [
                .patch(
                    Self.deployment,
                    [
                        [
                            "op": "replace", "path": "/spec/template/spec/containers/0/image",
                            "value": "registry.k8s.io/metrics-server:v0.6.4",
                        ]
                    ], .json)
            ]
        case .hostnameFirst: addressTypes("Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP")
        case .addressTypeAbsent: addressTypes("ExternalDNS")
        case .noAuthReader:
            [.delete(ObjectReference(.roleBindings, namespace: Self.namespace, name: "metrics-server-auth-reader"))]
        case .oldClusterRole:
            [
                .patch(
                    ObjectReference(.clusterRoles, name: "system:metrics-server"),
                    [
                        "rules": [
                            [
                                "apiGroups": [""], "resources": ["pods", "nodes", "nodes/stats"],
                                "verbs": ["get", "list", "watch"],
                            ]
                        ]
                    ], .merge)
            ]
        case .noRoleBinding: [.delete(ObjectReference(.clusterRoleBindings, name: "system:metrics-server"))]
        case .probePath: replaced("/spec/template/spec/containers/0/readinessProbe/httpGet/path", "/ready")
        case .scaledToZero: replaced("/spec/replicas", 0)
        case .noServiceAccount:
            [.delete(ObjectReference(.serviceAccounts, namespace: Self.namespace, name: "metrics-server"))]
        case .priorityClassMissing: replaced("/spec/template/spec/priorityClassName", "no-such-class")
        case .podQuota:
            [
                .create(
                    path: "/api/v1/namespaces/\(Self.namespace)/resourcequotas",
                    [
                        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "no-pods"],
                        "spec": ["hard": ["pods": "0"]],
                    ])
            ]
        case .podSecurity:
            [
                .patch(
                    ObjectReference(.namespaces, name: Self.namespace),
                    ["metadata": ["labels": ["pod-security.kubernetes.io/enforce": "restricted"]]], .merge)
            ] + replaced("/spec/template/spec/hostNetwork", true)
        case .portNameDiffers:
            [
                .patch(
                    Self.service, [["op": "replace", "path": "/spec/ports/0/targetPort", "value": "main-port"]], .json)
            ]
        case .anotherAdapter:
            [
                .patch(
                    Self.apiService,
                    ["spec": ["service": ["name": "prometheus-adapter", "namespace": "monitoring"]]], .merge)
            ]
        }
    }

    private func replaced(_ path: String, _ value: JSONValue) -> [WorkloadChange] {
        [.patch(Self.deployment, [["op": "add", "path": .string(path), "value": value]], .json)]
    }

    private func argument(_ text: String) -> WorkloadChange { .patch(Self.deployment, [appended(text)], .json) }

    /// The last argument of a name counts.
    private func appended(_ argument: String) -> JSONValue {
        ["op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": .string(argument)]
    }

    /// A list, whose every occurrence counts.
    private func addressTypes(_ types: String) -> [WorkloadChange] {
        let path: JSONValue = "/spec/template/spec/containers/0/args/3"
        let value = JSONValue.string("--kubelet-preferred-address-types=\(types)")
        return [.patch(Self.deployment, [["op": "replace", "path": path, "value": value]], .json)]
    }
}
