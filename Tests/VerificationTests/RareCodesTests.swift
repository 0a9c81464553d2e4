// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// Causes that no lab and no session brings about, each by the evidence that shows it.
@Suite struct RareCodesTests {
    private static func published(_ ca: String) -> Answer {
        .object([
            "data": [
                "requestheader-client-ca-file": .string(ca), "requestheader-allowed-names": "[]",
                "requestheader-username-headers": #"["X-Remote-User"]"#,
                "requestheader-group-headers": #"["X-Remote-Group"]"#,
            ]
        ])
    }

    private static func event(_ message: String) -> Answer {
        .object([
            "items": [
                [
                    "reason": "FailedCreate", "message": .string(message),
                    "involvedObject": ["kind": "ReplicaSet", "name": "metrics-server-1"],
                ]
            ]
        ])
    }

    private static let absent: @Sendable (inout Evidence) -> Void = {
        $0[.endpoints] = .object(["subsets": []])
        $0[.pods] = .object(["items": []])
    }

    static let rows: [(String, @Sendable (inout Evidence) -> Void)] = [
        ("KB202", { $0[.authentication] = published("no PEM") }),
        (
            "KB221",
            {
                $0[.apiService] = .object(
                    condition("FailedDiscoveryCheck", "failing or missing response: context deadline exceeded"))
                $0.logs = [
                    BackendLog(
                        pod: "ms-1",
                        lines: [
                            "E1 webhook.go:154] Failed to make webhook authorizer request: Post \"https://10.0.0.1\": context canceled"
                        ])
                ]
            }
        ),
        (
            "KB316",
            {
                absent(&$0)
                $0[.events] = event("pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\"")
            }
        ),
        (
            "KB317",
            {
                absent(&$0)
                $0[.events] = event("pods \"x\" is forbidden: exceeded quota: q, requested: pods=1")
            }
        ),
        (
            "KB327",
            {
                $0[.endpoints] = .object(["subsets": []])
                $0[.pods] = .object([
                    "items": [
                        [
                            "metadata": ["name": "ms-1"],
                            "status": [
                                "phase": "Running",
                                "containerStatuses": [
                                    ["name": "metrics-server", "lastState": ["terminated": ["reason": "OOMKilled"]]]
                                ],
                            ],
                        ]
                    ]
                ])
            }
        ),
        ("KB402", { $0[.apiService] = .object(unjudged($0[.apiService].object ?? .null)) }),
        ("KB411", { $0[.discovery] = .object(["resources": []]) }),
        (
            "KB412",
            {
                $0[.apiService] = .object(
                    condition("FailedDiscoveryCheck", "failing or missing response: No agent available"))
                $0[.discovery] = .refused(code: 503, message: "service unavailable")
                $0[.reading] = .refused(code: 503, message: "service unavailable")
            }
        ),
    ]

    private static func unjudged(_ apiService: JSONValue) -> JSONValue {
        var apiService = apiService
        apiService["status"] = .null
        return apiService
    }

    @Test("each has its code, and no other", arguments: rows.indices)
    func code(_ row: Int) {
        let (code, change) = Self.rows[row]
        #expect(roots(evidence(change)) == [code])
    }

    @Test("a backend that cannot be reached from here is a remark where the aggregator reaches it")
    func notVisible() {
        let judged = evidence {
            $0.unknownUsers = [UnknownUserEvidence(backend: "10.0.0.9:443", answer: .unreachable(.silent, "no answer"))]
        }
        let report = VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: judged))
        #expect(report.notChecked.compactMap(\.code).contains(FindingCode(.backendNotVisible)))
        #expect(report.isHealthy)
    }
}
