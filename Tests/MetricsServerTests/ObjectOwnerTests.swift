// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import MetricsServer
import Testing

@Suite struct ObjectOwnerTests {
    private static let old = ServerVersion(major: 1, minor: 21, gitVersion: "v1.21.0")
    private static let new = ServerVersion(major: 1, minor: 22, gitVersion: "v1.22.0")

    private static let apiService: JSONValue = [
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": ["name": "v1beta1.metrics.k8s.io", "annotations": ["a": "b"]],
        "spec": ["service": ["name": "metrics-server", "namespace": "kube-system"]],
    ]

    @Test("an APIService without managers is ours by our own mark alone")
    func mark() {
        #expect(ObjectOwner(Self.apiService) == .other("nobody that left a name"))
        let marked = ObjectOwner.marked(Self.apiService, on: Self.old)
        #expect(ObjectOwner(marked) == .kbootstrap)
        #expect(marked["metadata"]["annotations"]["a"] == "b")
        var applied = marked
        applied["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = "{}"
        #expect(ObjectOwner(applied) == .other("kubectl apply"))
        // After the server was upgraded, its own controllers leave their names.
        var upgraded = marked
        upgraded["metadata"]["managedFields"] = [["manager": "kube-apiserver"]]
        #expect(ObjectOwner(upgraded) == .kbootstrap)
    }

    @Test("where the server keeps managers, and on other objects, there is no mark")
    func unmarked() {
        #expect(ObjectOwner.marked(Self.apiService, on: Self.new) == Self.apiService)
        let service: JSONValue = ["apiVersion": "v1", "kind": "Service", "metadata": ["name": "metrics-server"]]
        #expect(ObjectOwner.marked(service, on: Self.old) == service)
    }
}
