// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// Which nodes and pods have metrics, and why others have none. The moment is 2027-01-15T08:00:00Z.
@Suite struct CoverageTests {
    private func report(_ change: (inout Evidence) -> Void) -> VerificationReport {
        VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence(change)))
    }

    private static func node(_ name: String, ready: String, reason: String = "KubeletNotReady") -> JSONValue {
        [
            "metadata": ["name": .string(name)],
            "status": [
                "conditions": [["type": "Ready", "status": .string(ready), "reason": .string(reason)]]
            ],
        ]
    }

    @Test func nodesThatAreNotReadyAreNamedBesides() throws {
        let told = report {
            $0[.nodes] = .object([
                "items": [
                    Self.node("n1", ready: "True"), Self.node("n2", ready: "Unknown"), Self.node("n3", ready: "False"),
                ]
            ])
        }
        #expect(told.rootCauses.isEmpty)
        let check = try #require(told.results.first { $0.claim == "every Ready node has fresh metrics" })
        #expect(
            check.verdict
                == .passed(
                    "1 of 1 node, oldest 10 s; not Ready, and without: n2 (node is not Ready: its kubelet has stopped reporting); "
                        + "n3 (node is not Ready: KubeletNotReady)"))
    }

    @Test(
        "metrics that nobody renews",
        arguments: [
            ("2027-01-15T07:57:31Z", false), ("2027-01-15T07:57:29Z", true), ("2026-01-15T07:57:29Z", true),
            ("2027-01-15T09:00:00Z", false), ("soon", false),
        ])
    func stale(_ time: String, _ isStale: Bool) throws {
        let told = report {
            $0[.nodes] = .object(["items": [Self.node("n1", ready: "True"), Self.node("n2", ready: "True")]])
            $0[.reading] = .object([
                "items": [
                    ["metadata": ["name": "n1"], "timestamp": "2027-01-15T07:59:50Z"],
                    ["metadata": ["name": "n2"], "timestamp": .string(time)],
                ]
            ])
        }
        #expect(told.rootCauses.map(\.code) == (isStale ? ["KB504"] : []))
        if isStale { #expect(try #require(told.rootCauses.first).summary.contains("n2 are up to")) }
    }

    @Test func eachMissingPodHasItsReason() throws {
        func pod(_ name: String, _ state: JSONValue) -> JSONValue {
            [
                "metadata": ["name": .string(name), "namespace": "a"], "spec": ["nodeName": "n1"],
                "status": [
                    "phase": "Running", "startTime": "2027-01-15T07:00:00Z",
                    "containerStatuses": [["name": "main", "state": state]],
                ],
            ]
        }
        let running: JSONValue = ["running": ["startedAt": "2027-01-15T07:00:00Z"]]
        let told = report {
            $0[.allPods] = .object([
                "items": [
                    pod("well", running), pod("silent", running),
                    pod("broken", ["waiting": ["reason": "CrashLoopBackOff"]]),
                ]
            ])
            $0[.podMetrics] = .object([
                "items": [["metadata": ["name": "well", "namespace": "a"], "timestamp": "2027-01-15T07:59:50Z"]]
            ])
        }
        let warning = try #require(told.warnings.first { $0.code == FindingCode(.podsWithoutMetrics) })
        #expect(
            warning.summary
                == "1 of 3 running pods with metrics; missing: a/broken (container main is not running: CrashLoopBackOff); "
                + "a/silent (pod runs on node n1, but metrics-server has nothing of it)")
    }

    @Test(
        "an autoscaler whose pods request nothing is told, one that waits for metrics is not",
        arguments: [
            ("missing request for cpu", 1), ("no metrics returned from resource metrics API", 0),
        ])
    func autoscalers(_ message: String, _ count: Int) {
        let told = report {
            $0[.autoscalers] = .object([
                "items": [
                    [
                        "metadata": ["name": "web", "namespace": "a"],
                        "status": [
                            "conditions": [
                                [
                                    "type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric",
                                    "message": .string("the HPA was unable to compute the replica count: \(message)"),
                                ]
                            ]
                        ],
                    ]
                ]
            ])
        }
        let found = told.warnings.filter { $0.code == FindingCode(.autoscalerWithoutRequest) }
        #expect(found.count == count)
        #expect(found.allSatisfy { $0.hint.text.hasPrefix("kubectl -n a describe hpa web") && !$0.hint.isFix })
    }

    @Test func whatAServerSaysStaysInItsLine() {
        let told = report {
            $0.rename("v1beta1.metrics.k8s.io\u{1B}[2J")
            $0[.endpoints] = .object(["subsets": [["addresses": [["ip": "10.0.0.9\u{1B}[31m\nroot"]]]]])
        }
        let text = told.results.map { "\($0)" }.joined() + told.apiServiceName
        #expect(!text.contains("\u{1B}"))
    }
}
