// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import Testing

@testable import Operations

@Suite struct HandOverTests {
    private func handOver(_ live: JSONValue?, _ namespace: String = "kube-system") -> HandOver? {
        HandOver(from: live, namespace: namespace, timeout: .zero) {}
    }

    @Test("only an APIService that verifies nothing, and leads to this metrics-server, has pods to wait for")
    func whose() {
        var unverified = apiService(nil)
        unverified["spec"]["insecureSkipTLSVerify"] = .bool(true)
        #expect(handOver(unverified) != nil)
        #expect(handOver(unverified, "monitoring") == nil)
        #expect(handOver(apiService(nil)) == nil)
        #expect(handOver(nil) == nil)
        unverified["spec"]["service"]["name"] = "prometheus-adapter"
        #expect(handOver(unverified) == nil)
    }

    @Test(
        "a Deployment is rolled out when all of its pods, and no others, are new and available",
        arguments: [
            (#"{"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}"#, true),
            (#"{"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}"#, false),
            (#"{"observedGeneration": 2, "replicas": 2, "updatedReplicas": 1, "availableReplicas": 1}"#, false),
            (#"{"observedGeneration": 2, "replicas": 1, "updatedReplicas": 0, "availableReplicas": 1}"#, false),
            (#"{"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1}"#, false), ("{}", false),
        ])
    func rolledOut(_ status: String, _ isOver: Bool) throws {
        let deployment: JSONValue = [
            "metadata": ["generation": 2], "spec": ["replicas": 1], "status": try JSONValue.parse(Array(status.utf8)),
        ]
        #expect(HandOver.isRolledOut(deployment) == isOver)
    }
}
