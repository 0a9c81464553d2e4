// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Verification

/// Evidence of a working metrics API with one thing changed.
func evidence(_ change: (inout Evidence) -> Void) -> Evidence {
    var evidence = Evidence(
        apiServiceName: "v1beta1.metrics.k8s.io", askedAt: Date(timeIntervalSince1970: 1_800_000_000))
    evidence[.version] = .object(["gitVersion": "v1.31.2"])
    evidence[.apiService] = .object([
        "metadata": ["name": "v1beta1.metrics.k8s.io"],
        "spec": [
            "group": "metrics.k8s.io", "version": "v1beta1",
            "service": ["name": "metrics-server", "namespace": "kube-system"],
        ],
        "status": ["conditions": [["type": "Available", "status": "True", "reason": "Passed"]]],
    ])
    evidence[.service] = .object(["spec": ["ports": [["port": 443]], "selector": ["k8s-app": "metrics-server"]]])
    evidence[.endpoints] = .object(["subsets": [["addresses": [["ip": "10.0.0.9"]]]]])
    evidence[.pods] = .object(["items": [["metadata": ["name": "ms-1"]]]])
    evidence[.discovery] = .object(["resources": [["name": "nodes"], ["name": "pods"]]])
    evidence[.access] = .object(["status": ["allowed": true]])
    evidence[.reading] = .object(["items": [["metadata": ["name": "n1"], "timestamp": "2027-01-15T07:59:50Z"]]])
    evidence[.podMetrics] = .object(["items": []])
    evidence[.nodes] = .object([
        "items": [["metadata": ["name": "n1"], "status": ["conditions": [["type": "Ready", "status": "True"]]]]]
    ])
    evidence[.allPods] = .object(["items": []])
    change(&evidence)
    return evidence
}

/// The codes of the failures that follow from no other.
func roots(_ evidence: Evidence) -> [String] {
    VerificationReport(judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence))
        .rootCauses.map(\.code.rawValue)
}

extension Evidence {
    /// Makes it evidence of another API.
    mutating func rename(_ name: String) {
        var apiService = self[.apiService].object ?? .null
        apiService["metadata"]["name"] = .string(name)
        self[.apiService] = .object(apiService)
    }
}
