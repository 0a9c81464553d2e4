// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import MetricsServer
import Testing

@testable import Operations

@Suite struct InstalledPlaceTests {
    private static func apiService(_ name: String, _ namespace: String) -> JSONValue {
        ["spec": ["service": ["name": .string(name), "namespace": .string(namespace)]]]
    }

    private static func binding(_ namespace: String) -> JSONValue {
        ["subjects": [["kind": "ServiceAccount", "name": "metrics-server", "namespace": .string(namespace)]]]
    }

    @Test("the APIService tells the namespace, else a binding, else upstream's is meant")
    func namespace() {
        let bindings = MetricsServerManifest.clusterRoleBindings
        func place(_ apiService: JSONValue?, _ first: JSONValue?, _ second: JSONValue?) -> String {
            InstalledPlace(objects: [
                MetricsServerManifest.apiService: apiService, bindings[0]: first, bindings[1]: second,
            ]).namespace
        }
        #expect(place(Self.apiService("metrics-server", "a"), Self.binding("b"), nil) == "a")
        #expect(place(nil, Self.binding("b"), nil) == "b")
        #expect(place(nil, nil, Self.binding("c")) == "c")
        // Another adapter's APIService says nothing of where metrics-server is.
        #expect(place(Self.apiService("prometheus-adapter", "monitoring"), nil, Self.binding("c")) == "c")
        #expect(place(nil, nil, nil) == "kube-system")
        #expect(InstalledPlace.unknown.namespace == "kube-system")
    }

    @Test("what is not there is known not to be, and what was not asked is not known")
    func known() async throws {
        let path = MetricsServerManifest.clusterRoleBindings[1].path
        var binding = Self.binding("monitoring")
        binding["kind"] = "ClusterRoleBinding"
        let found = try await ObjectServer([path: .object(binding)]).with { try await InstalledPlace.read($0) }
        #expect(found.namespace == "monitoring" && found.apiService == nil)
        #expect(found.isRead(MetricsServerManifest.apiService) && !found.isRead(MetricsServerManifest.deployment))
    }
}
