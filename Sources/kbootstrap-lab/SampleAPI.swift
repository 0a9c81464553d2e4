// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// The objects that make the sample-apiserver, a local process, an aggregated API of the lab cluster.
struct SampleAPI {
    static let apiServiceName = "v1alpha1.wardle.example.com"
    static let discoveryPath = "/apis/wardle.example.com/v1alpha1"
    static let serverNames = ["api.wardle.svc", "api.wardle.svc.cluster.local"]

    let caBundle: Data
    let fault: LabFault?

    private let namespace: JSONValue = "wardle"

    func objects() -> [JSONValue] {
        var objects =
            rbac + [
                ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": namespace]]
            ]
        if fault != .serviceMissing { objects.append(service) }
        if fault != .serviceMissing, fault != .noEndpoints { objects.append(endpoints) }
        if fault != .apiServiceMissing { objects.append(apiService) }
        return objects
    }

    private var service: JSONValue {
        [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": "api", "namespace": namespace],
            "spec": [
                "clusterIP": .string(LabNamespace.backendClusterIP),
                "ports": [
                    ["name": "https", "port": fault == .servicePort ? 8443 : 443, "protocol": "TCP", "targetPort": 443]
                ],
            ],
        ]
    }

    private var endpoints: JSONValue {
        let ports: JSONValue = [["name": "https", "port": fault == .targetPort ? 4443 : 443, "protocol": "TCP"]]
        let isFar = fault == .noRoute || fault == .packetsDropped
        let addresses: JSONValue = [["ip": .string(isFar ? LabNamespace.farAddress : LabNamespace.hostAddress)]]
        return [
            "apiVersion": "v1", "kind": "Endpoints", "metadata": ["name": "api", "namespace": namespace],
            "subsets": [
                fault == .noAddresses
                    ? ["notReadyAddresses": addresses, "ports": ports] : ["addresses": addresses, "ports": ports]
            ],
        ]
    }

    private var apiService: JSONValue {
        [
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": ["name": .string(Self.apiServiceName)],
            "spec": [
                "group": "wardle.example.com", "version": "v1alpha1", "groupPriorityMinimum": 1000,
                "versionPriority": 15, "caBundle": .string(caBundle.base64EncodedString()),
                "service": ["name": "api", "namespace": namespace, "port": 443],
            ],
        ]
    }

    /// What the sample-apiserver needs, what `viewer` may do; `stranger` may do nothing.
    private var rbac: [JSONValue] {
        delegation + [
            [
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": ["name": "sample-apiserver-auth-reader", "namespace": "kube-system"],
                "roleRef": [
                    "apiGroup": "rbac.authorization.k8s.io", "kind": "Role",
                    "name": "extension-apiserver-authentication-reader",
                ],
                "subjects": [user("sample-apiserver")],
            ],
            role(
                "sample-apiserver",
                [
                    rule(groups: [""], resources: ["namespaces"]),
                    rule(
                        groups: ["admissionregistration.k8s.io"],
                        resources: ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"]),
                ]),
            binding("sample-apiserver", role: "sample-apiserver", user: "sample-apiserver"),
            role(
                "lab-viewer",
                [
                    rule(groups: ["wardle.example.com"], resources: ["flunders", "fischers"]),
                    rule(groups: ["metrics.k8s.io"], resources: ["nodes", "pods"]),
                ]),
            binding("lab-viewer", role: "lab-viewer", user: "viewer"),
        ]
    }

    private var delegation: [JSONValue] {
        fault == .noAuthDelegator
            ? []
            : [
                binding(
                    "sample-apiserver:system:auth-delegator", role: "system:auth-delegator", user: "sample-apiserver")
            ]
    }

    private func user(_ name: JSONValue) -> JSONValue {
        ["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name]
    }

    private func rule(groups: JSONValue, resources: JSONValue) -> JSONValue {
        ["apiGroups": groups, "resources": resources, "verbs": ["get", "list", "watch"]]
    }

    private func role(_ name: JSONValue, _ rules: JSONValue) -> JSONValue {
        [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": ["name": name],
            "rules": rules,
        ]
    }

    private func binding(_ name: JSONValue, role: JSONValue, user holder: JSONValue) -> JSONValue {
        [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": ["name": name],
            "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role],
            "subjects": [user(holder)],
        ]
    }
}
