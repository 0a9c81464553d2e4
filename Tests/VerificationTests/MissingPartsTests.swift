// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// What metrics-server lacks where it runs and is not ready: rights, a kubelet that answers, a Node. Lines and answers are
/// those of a real metrics-server 0.8.1 on Kubernetes 1.36.2.
@Suite struct MissingPartsTests {
    private static let lines = [
        #"E1201 13:37:33.250141       1 reflector.go:200] "Failed to watch" err="failed to list *v1.Node: nodes is forbidden: User \"system:serviceaccount:kube-system:metrics-server\" cannot list resource \"nodes\" in API group \"\" at the cluster scope" logger="UnhandledError" reflector="pkg/server/server.go:96" type="*v1.Node""#,
        #"E1201 13:37:33.251026       1 reflector.go:200] "Failed to watch" err="failed to list *v1.PartialObjectMetadata: pods is forbidden: User \"system:serviceaccount:kube-system:metrics-server\" cannot list resource \"pods\" in API group \"\" at the cluster scope" logger="UnhandledError" reflector="pkg/server/server.go:97" type="*v1.PartialObjectMetadata""#,
    ]

    /// A pod that started at `time`, and is not ready.
    private func report(startedAt time: String, _ change: (inout Evidence) -> Void) -> VerificationReport {
        VerificationReport(
            judging: VerificationRecord(
                server: "https://10.0.0.1", context: nil,
                evidence: evidence {
                    $0[.endpoints] = .object(["subsets": []])
                    $0[.pods] = .object([
                        "items": [
                            [
                                "metadata": ["name": "ms-1", "creationTimestamp": .string(time)],
                                "spec": ["nodeName": "n1", "serviceAccountName": "metrics-server"],
                                "status": [
                                    "phase": "Running",
                                    "containerStatuses": [
                                        [
                                            "name": "metrics-server", "ready": false, "restartCount": 0,
                                            "state": ["running": ["startedAt": .string(time)]],
                                        ]
                                    ],
                                ],
                            ]
                        ]
                    ])
                    for question in [Question.discovery, .reading, .podMetrics] {
                        $0[question] = .refused(code: 503, message: "service unavailable")
                    }
                    change(&$0)
                }))
    }

    @Test("a ServiceAccount that may not list is the cause, in a young pod too", arguments: [true, false])
    func listing(_ isInLog: Bool) throws {
        for time in ["2027-01-15T07:59:40Z", "2027-01-15T07:50:00Z"] {
            let report = report(startedAt: time) {
                if isInLog {
                    $0.logs = [BackendLog(pod: "ms-1", container: "metrics-server", lines: Self.lines)]
                } else {
                    $0[.accountRights] = .object([
                        "nodesMetrics": false, "nodes": false, "pods": false, "reviews": true, "published": true,
                    ])
                }
            }
            #expect(report.rootCauses.map(\.code) == [FindingCode(.listingForbidden)], "\(report.rootCauses)")
        }
    }

    @Test("where kube-apiserver grants the rights now, older lines accuse nobody") func grantedSince() {
        let report = report(startedAt: "2027-01-15T07:59:40Z") {
            $0.logs = [BackendLog(pod: "ms-1", container: "metrics-server", lines: Self.lines)]
            $0[.accountRights] = .object([
                "nodesMetrics": true, "nodes": true, "pods": true, "reviews": true, "published": true,
            ])
        }
        #expect(report.rootCauses.map(\.code) == [FindingCode(.podStarting)])
    }

    @Test("a log that does not come is the kubelet's silence") func silentKubelet() throws {
        let report = report(startedAt: "2027-01-15T07:50:00Z") {
            $0.logs = [
                BackendLog(
                    pod: "ms-1", container: "metrics-server", lines: [],
                    problem: "GET https://10.0.0.1/api/v1/…/log: no answer within the time given", isSilent: true)
            ]
        }
        let root = try #require(report.rootCauses.first)
        #expect(root.code == FindingCode(.kubeletTimesOut) && report.rootCauses.count == 1)
        #expect(root.summary.contains("n1"))
    }

    @Test(
        "a proxy in the pod's way is named, wherever the pod wanted to go",
        arguments: [
            #"panic: unable to load configmap based request-header-client-ca-file: Get "https://10.32.0.1:443/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication": proxyconnect tcp: dial tcp 10.77.0.99:3128: connect: connection refused"#,
            #"E1201 13:44:39.534824       1 scraper.go:149] "Failed to scrape node" err="Get \"https://10.77.0.11:10250/metrics/resource\": proxyconnect tcp: dial tcp 10.77.0.99:3128: i/o timeout" node="n1""#,
        ]) func proxy(_ line: String) throws
    {
        let report = report(startedAt: "2027-01-15T07:50:00Z") {
            $0.logs = [
                BackendLog(
                    pod: "ms-1", container: "metrics-server", lines: [line], hasEnded: line.hasPrefix("panic"))
            ]
        }
        #expect(report.rootCauses.map(\.code) == [FindingCode(.podUsesProxy)], "\(report.rootCauses)")
    }

    @Test("a pod on a Node that is gone waits for it") func nodeOfThePodIsGone() throws {
        let report = report(startedAt: "2027-01-15T07:50:00Z") { $0[.nodes] = .object(["items": []]) }
        let root = try #require(report.rootCauses.first)
        #expect(root.code == FindingCode(.nodeNotReady) && report.rootCauses.count == 1)
        #expect(root.summary == "pod ms-1 is on Node n1, which the cluster does not have")
    }

    @Test("a cluster without a Node has no metrics, and is told so") func noNode() throws {
        let judged = evidence {
            $0[.reading] = .object(["items": []])
            $0[.nodes] = .object(["items": []])
        }
        let report = VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: judged))
        let root = try #require(report.rootCauses.first)
        #expect(root.code == FindingCode(.nodeMetricsAbsent) && root.summary == "the cluster has no Node")
        #expect(root.hint.text.hasPrefix("kubectl get nodes"))
    }
}
