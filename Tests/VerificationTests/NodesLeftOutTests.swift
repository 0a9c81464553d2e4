// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// Nodes that need have no metrics: virtual ones, and those that metrics-server is told to leave out.
@Suite struct NodesLeftOutTests {
    private func report(_ change: (inout Evidence) -> Void) -> VerificationReport {
        VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence(change)))
    }

    private static func node(_ name: String, labels: JSONValue = [:], spec: JSONValue = [:]) -> JSONValue {
        [
            "metadata": ["name": .string(name), "labels": labels], "spec": spec,
            "status": ["conditions": [["type": "Ready", "status": "True"]]],
        ]
    }

    private func covered(_ report: VerificationReport) -> Verdict? {
        report.results.first { $0.claim == "every Ready node has fresh metrics" }?.verdict
    }

    static let virtual: [(JSONValue, JSONValue, String)] = [
        (["type": "virtual-kubelet"], [:], "virtual node, without a kubelet"),
        (["liqo.io/type": "virtual-node"], [:], "virtual node, without a kubelet"),
        (
            [:],
            ["taints": [["key": "virtual-kubelet.io/provider", "value": "serverless", "effect": "NoSchedule"]]],
            "virtual node, without a kubelet"
        ),
        (["eks.amazonaws.com/compute-type": "fargate"], [:], "Fargate node"),
    ]

    @Test("a node without a kubelet is an aside", arguments: virtual)
    func virtualNode(_ labels: JSONValue, _ spec: JSONValue, _ kind: String) {
        let told = report {
            $0[.nodes] = .object(["items": [Self.node("n1"), Self.node("v1", labels: labels, spec: spec)]])
            $0.logs = [
                BackendLog(
                    pod: "ms-1",
                    lines: [
                        #"E1201 00:44:39.534824       1 scraper.go:149] "Failed to scrape node" err="request failed, status: \"404 Not Found\"" node="v1""#
                    ])
            ]
        }
        #expect(told.rootCauses.isEmpty && told.warnings.isEmpty)
        #expect(covered(told) == .passed("1 of 1 node, oldest 10 s; left out: v1 (\(kind))"))
    }

    @Test("one that has metrics all the same is counted") func virtualNodeWithMetrics() {
        let told = report {
            $0[.nodes] = .object(["items": [Self.node("n1", labels: ["type": "virtual-kubelet"])]])
        }
        #expect(covered(told) == .passed("1 of 1 node, oldest 10 s"))
    }

    @Test(
        "--node-selector is read from the Deployment or the pod, in each of its forms",
        arguments: [
            (["--node-selector=place!=edge"], true), (["--node-selector", "place!=edge"], true),
            (["-l", "place!=edge"], true),
            (["--metric-resolution=15s"], false), (["--node-selector="], false),
        ])
    func selector(_ words: [String], _ isSet: Bool) {
        for isPod in [false, true] {
            let told = report {
                $0[.nodes] = .object(["items": [Self.node("n1"), Self.node("edge-1")]])
                if isSet { $0[.selectedNodes] = .object(["items": [["metadata": ["name": "n1"]]]]) }
                let spec: JSONValue = [
                    "containers": [["name": "metrics-server", "args": .array(words.map { .string($0) })]]
                ]
                if isPod {
                    $0[.pods] = .object([
                        "items": [
                            [
                                "metadata": ["name": "ms-1"], "spec": spec,
                                "status": ["conditions": [["type": "Ready", "status": "True"]]],
                            ]
                        ]
                    ])
                } else {
                    $0[.deployments] = .object([
                        "items": [["metadata": ["name": "metrics-server"], "spec": ["template": ["spec": spec]]]]
                    ])
                }
            }
            #expect(told.rootCauses.map(\.code.rawValue) == (isSet ? [] : ["KB503"]))
            if isSet {
                #expect(
                    covered(told)
                        == .passed(
                            "1 of 1 node, oldest 10 s; left out: edge-1 (--node-selector=place!=edge leaves it out)"))
            }
        }
    }
}
