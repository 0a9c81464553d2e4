// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// Other APIs, and who may read what: judged as they are.
@Suite struct OtherAPITests {
    private func report(_ change: (inout Evidence) -> Void) -> VerificationReport {
        VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence(change)))
    }

    /// An adapter of `group` that offers `resources`, as an administrator sees it.
    private static func adapter(_ group: String, _ resources: JSONValue) -> (inout Evidence) -> Void {
        { evidence in
            evidence[.apiService] = .object([
                "metadata": ["name": .string("v1beta1.\(group)")],
                "spec": [
                    "group": .string(group), "version": "v1beta1",
                    "service": ["name": "adapter", "namespace": "monitoring"],
                ],
                "status": ["conditions": [["type": "Available", "status": "True", "reason": "Passed"]]],
            ])
            evidence[.discovery] = .object(["resources": resources])
            for question in [Question.reading, .access, .nodes, .allPods, .podMetrics, .review] {
                evidence[question] = .notAsked
            }
        }
    }

    @Test(
        "an adapter that offers nothing yet is well, and a server of another API that offers nothing is not",
        arguments: [
            ("external.metrics.k8s.io", true), ("custom.metrics.k8s.io", true), ("wardle.example.com", false),
        ])
    func empty(_ group: String, _ isWell: Bool) {
        let told = report(Self.adapter(group, []))
        #expect(told.isHealthy == isWell, "\(told.rootCauses)")
        if !isWell { #expect(told.rootCauses.map(\.code.rawValue) == ["KB411"]) }
    }

    @Test(
        "what cannot be listed proves nothing about callers, and nothing is claimed",
        arguments: [("externalmetrics", ["get"]), ("pods/http_requests", ["get"]), ("jobs", ["create", "delete"])])
    func verbs(_ name: String, _ verbs: [String]) throws {
        let told = report(
            Self.adapter(
                "external.metrics.k8s.io",
                [["name": .string(name), "verbs": .array(verbs.map { .string($0) })]]))
        #expect(told.isHealthy)
        let claim = try #require(
            told.results.first { $0.claim == "the caller arrives at the backend under their own name" })
        guard case .notChecked = claim.verdict else {
            Issue.record("\(claim.verdict)")
            return
        }
    }

    @Test("a backend that asks nobody for anything refused nobody")
    func asksNobody() throws {
        let told = report {
            Self.adapter("external.metrics.k8s.io", [["name": "externalmetrics", "verbs": ["get"]]])(&$0)
            $0.frontProxy = FrontProxyEvidence(
                directory: "/var/lib/kubernetes", clientCertificate: nil, problems: [])
            $0.unknownUsers = [
                UnknownUserEvidence(backend: "10.0.0.9:6443", answer: .status(200, message: ""))
            ]
        }
        let claim = try #require(told.results.first { $0.claim == "the backend refuses an unknown user by name" })
        guard case .notChecked(let reason) = claim.verdict else {
            Issue.record("\(claim.verdict)")
            return
        }
        #expect(reason.because.contains("nothing is proven"))
    }

    // MARK: Who may read what

    @Test(
        "a caller without the right is told the role, and how it is bound",
        arguments: [
            ("dev", "metrics-of-dev", "--user=dev"),
            ("jane@example.com", "metrics-of-jane@example.com", "--user=jane@example.com"),
            ("system:serviceaccount:shop:web", "metrics-of-web", "--serviceaccount=shop:web"),
        ])
    func missingRole(_ user: String, _ name: String, _ subject: String) throws {
        let forbidden = "is forbidden: User \"\(user)\" cannot list resource"
        let told = report {
            // Neither may they read what would explain it.
            $0[.apiService] = .refused(code: 403, message: "apiservices.apiregistration.k8s.io \(forbidden)")
            $0[.access] = .object(["status": ["allowed": false]])
            $0[.reading] = .refused(code: 403, message: "nodes.metrics.k8s.io \(forbidden)")
            for question in [Question.service, .endpoints, .pods, .nodes, .allPods, .podMetrics] {
                $0[question] = .notAsked
            }
        }
        #expect(told.rootCauses.map(\.code.rawValue) == ["KB505"])
        #expect(
            try #require(told.rootCauses.first).hint.text
                == "kubectl create clusterrolebinding \(name) --clusterrole=system:aggregated-metrics-reader \(subject)"
                + "   # lets them list pods and nodes of metrics.k8s.io; an administrator types it")
    }

    // MARK: A Helm chart's names

    @Test("commands name the Service's own pods and the real Deployment") func helm() throws {
        let told = report {
            $0[.apiService] = .object([
                "metadata": ["name": "v1beta1.metrics.k8s.io"],
                "spec": [
                    "group": "metrics.k8s.io", "version": "v1beta1",
                    "service": ["name": "ms-metrics-server", "namespace": "monitoring"],
                ],
                "status": [
                    "conditions": [
                        ["type": "Available", "status": "False", "reason": "MissingEndpoints", "message": "x"]
                    ]
                ],
            ])
            let labels: JSONValue = ["app.kubernetes.io/name": "metrics-server", "app.kubernetes.io/instance": "ms"]
            $0[.service] = .object(["spec": ["ports": [["port": 443]], "selector": labels]])
            $0[.endpoints] = .object(["subsets": []])
            $0[.discovery] = .refused(code: 503, message: "service unavailable")
            $0[.reading] = $0[.discovery]
            $0[.deployments] = .object([
                "items": [
                    ["metadata": ["name": "other"], "spec": ["template": ["metadata": ["labels": ["a": "b"]]]]],
                    [
                        "metadata": ["name": "ms-metrics-server"],
                        "spec": ["replicas": 0, "template": ["metadata": ["labels": labels]]],
                    ],
                ]
            ])
            $0[.pods] = .object(["items": []])
        }
        #expect(
            try #require(told.rootCauses.first).hint.text
                == "kubectl -n monitoring scale deployment ms-metrics-server --replicas=1")
    }
}
