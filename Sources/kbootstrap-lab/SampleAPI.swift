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
    let version: ServerVersion

    private let namespace: JSONValue = "wardle"

    func objects() -> [JSONValue] {
        var objects =
            rbac + [
                ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": namespace]]
            ]
        if fault != .serviceMissing { objects.append(service) }
        if fault != .serviceMissing, fault != .noEndpoints { objects += [endpoints, endpointSlice] }
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

    private var address: JSONValue {
        let isFar = fault == .noRoute || fault == .packetsDropped
        return .string(isFar ? LabNamespace.farAddress : LabNamespace.hostAddress)
    }

    private var ports: JSONValue {
        [["name": "https", "port": fault == .targetPort ? 4443 : 443, "protocol": "TCP"]]
    }

    /// What older servers read. kube-controller-manager, where it runs, is not to make a second slice of it.
    private var endpoints: JSONValue {
        let addresses: JSONValue = [["ip": address]]
        return [
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": [
                "name": "api", "namespace": namespace,
                "labels": ["endpointslice.kubernetes.io/skip-mirror": "true"],
            ],
            "subsets": [
                fault == .noAddresses
                    ? ["notReadyAddresses": addresses, "ports": ports] : ["addresses": addresses, "ports": ports]
            ],
        ]
    }

    /// What newer servers read; in v1beta1 before 1.21.
    private var endpointSlice: JSONValue {
        [
            "apiVersion": version.isAtLeast(minor: 21) ? "discovery.k8s.io/v1" : "discovery.k8s.io/v1beta1",
            "kind": "EndpointSlice",
            "metadata": [
                "name": "api-lab", "namespace": namespace,
                "labels": [
                    "kubernetes.io/service-name": "api", "endpointslice.kubernetes.io/managed-by": "kbootstrap-lab",
                ],
            ],
            "addressType": "IPv4", "ports": ports,
            "endpoints": [["addresses": [address], "conditions": ["ready": .bool(fault != .noAddresses)]]],
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
                    // Later releases look for more and more kinds: policies, priority levels.
                    rule(groups: ["admissionregistration.k8s.io", "flowcontrol.apiserver.k8s.io"], resources: ["*"]),
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
