// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// A token that kube-apiserver refuses befalls a backend that is up and ready: it serves on, and asks in vain.
@Suite struct RefusedTokenTests {
    /// As metrics-server 0.8.1 on Kubernetes 1.36.2 says it after the signing key was changed.
    private static let lines = [
        #"E1201 04:41:17.399574       1 reflector.go:200] "Failed to watch" err="failed to list *v1.Node: Unauthorized" logger="UnhandledError""#,
        "E1201 04:41:50.763572       1 webhook.go:269] Failed to make webhook authorizer request: Unauthorized",
    ]

    private func judged(_ change: (inout Evidence) -> Void) -> VerificationReport {
        VerificationReport(
            judging: VerificationRecord(
                server: "https://10.0.0.1", context: nil,
                evidence: evidence {
                    $0[.endpoints] = .object([
                        "subsets": [
                            ["addresses": [["ip": "10.0.0.9", "targetRef": ["kind": "Pod", "name": "ms-1"]]]]
                        ]
                    ])
                    $0.logs = [BackendLog(pod: "ms-1", container: "metrics-server", lines: Self.lines)]
                    change(&$0)
                }))
    }

    @Test func itIsTheCauseWhileMetricsAreStillThere() throws {
        let report = judged { $0[.review] = .refused(code: 500, message: "Internal Server Error") }
        let root = try #require(report.rootCauses.first)
        #expect(root.code == FindingCode(.apiServerRefusesToken))
        #expect(root.patience > .zero)
        #expect(root.summary == "pod ms-1 says: Failed to make webhook authorizer request: Unauthorized")
    }

    /// The other wording of the same, in klog's text and in JSON.
    @Test(arguments: [
        #"E1201 04:41:03.552312       1 reflector.go:200] "Failed to watch" err="Unauthorized" logger="UnhandledError" type="*v1.ConfigMap""#,
        #"{"ts":1796100063552.3,"logger":"UnhandledError","caller":"cache/reflector.go:200","msg":"Failed to watch","reflector":"x","type":"*v1.ConfigMap","err":"Unauthorized"}"#,
    ])
    func aWatchThatIsRefused(_ line: String) throws {
        let report = judged {
            $0[.review] = .refused(code: 500, message: "Internal Server Error")
            $0.logs = [BackendLog(pod: "ms-1", lines: [line])]
        }
        let root = try #require(report.rootCauses.first)
        #expect(root.code == FindingCode(.apiServerRefusesToken))
        #expect(root.summary == "pod ms-1 says: Failed to watch: Unauthorized")
    }

    @Test func anOldLineAccusesNobodyOnceTheTokenIsTaken() {
        let report = judged {
            $0[.review] = .object(["items": []])
            $0[.nodes] = .object([
                "items": [
                    ["metadata": ["name": "n1"], "status": ["conditions": [["type": "Ready", "status": "True"]]]],
                    ["metadata": ["name": "n2"], "status": ["conditions": [["type": "Ready", "status": "True"]]]],
                ]
            ])
        }
        #expect(report.rootCauses.map(\.code) == [FindingCode(.nodesWithoutMetrics)])
    }

    /// The kubelets refuse it too, as they ask kube-apiserver.
    @Test func theKubeletsFollow() {
        let report = judged {
            $0[.review] = .refused(code: 500, message: "Internal Server Error")
            $0[.reading] = .object(["items": []])
            $0.logs = [
                BackendLog(
                    pod: "ms-1",
                    lines: Self.lines + [
                        #"E1201 04:43:17.1       1 scraper.go:149] "Failed to scrape node" err="request failed, status: \"401 Unauthorized\"" node="n1""#
                    ])
            ]
        }
        #expect(report.rootCauses.map(\.code) == [FindingCode(.apiServerRefusesToken)])
    }

    @Test func addressesOfAPodThatIsGoneAreStale() throws {
        let unanswered = Answer.refused(
            code: 503, message: "error trying to reach service: dial tcp 10.0.0.9:10250: i/o timeout")
        let all = judged {
            $0.logs = []
            $0[.discovery] = unanswered
            $0[.reading] = unanswered
            $0[.pods] = .object(["items": [["metadata": ["name": "ms-2"]]]])
            $0[.discovery] = .refused(code: 503, message: "service unavailable")
            $0[.reading] = .refused(code: 503, message: "service unavailable")
        }
        #expect(all.rootCauses.map(\.code) == [FindingCode(.addressStale)])
        let one = judged {
            $0.logs = []
            $0[.endpoints] = .object([
                "subsets": [
                    [
                        "addresses": [
                            ["ip": "10.0.0.8", "targetRef": ["kind": "Pod", "name": "ms-0"]],
                            ["ip": "10.0.0.9", "targetRef": ["kind": "Pod", "name": "ms-1"]],
                        ]
                    ]
                ]
            ])
        }
        #expect(one.isHealthy)
        #expect(one.warnings.map(\.code) == [FindingCode(.addressStale)])
    }
}
