// SPDX-License-Identifier: Apache-2.0

import Core
import KubernetesClient
import Testing
import Verification

/// Lines as metrics-server and k8s.io/apiserver write them (failure catalogue, sections 2 and 3), and what they mean.
@Suite struct LogTests {
    private static let scrape = #"E0115 07:59:50.123456       1 scraper.go:149] "Failed to scrape node" err=""#
    private static let url = #"Get \"https://10.0.0.5:10250/metrics/resource\": "#

    static let scrapes: [(error: String, code: String)] = [
        (url + "x509: cannot validate certificate for 10.0.0.5 because it doesn't contain any IP SANs", "KB601"),
        (url + "tls: failed to verify certificate: x509: certificate is valid for 127.0.0.1, not 10.0.0.5", "KB602"),
        (url + "x509: certificate is not valid for any names, but wanted to match n1", "KB602"),
        (url + "tls: failed to verify certificate: x509: certificate signed by unknown authority", "KB603"),
        (url + "remote error: tls: internal error", "KB604"),
        (
            url
                + "x509: certificate has expired or is not yet valid: current time 2027-01-15T07:59:50Z is after 2026-01-15T07:59:50Z",
            "KB605"
        ),
        (#"request failed, status: \"401 Unauthorized\""#, "KB606"),
        (#"request failed, status: \"403 Forbidden\", user=system:anonymous, verb=get, resource=nodes"#, "KB607"),
        (#"request failed, status: \"403 Forbidden\""#, "KB608"),
        (url + "dial tcp 10.0.0.5:10250: connect: connection refused", "KB609"),
        (url + "dial tcp 10.0.0.5:10250: i/o timeout", "KB610"),
        (url + "context deadline exceeded", "KB610"),
        (url + "dial tcp 10.0.0.5:10250: connect: no route to host", "KB611"),
        (#"Get \"https://n1:10250/metrics/resource\": dial tcp: lookup n1 on 10.96.0.10:53: no such host"#, "KB612"),
        ("no address matched types [InternalIP]", "KB613"),
        ("failed parsing metrics: expected timestamp or new record", "KB614"),
        (url + "http: server gave HTTP response to HTTPS client", "KB615"),
        ("something that nobody has seen", "KB616"),
    ]

    private func line(_ error: String, node: String = "n1") -> String { "\(Self.scrape)\(error)\" node=\"\(node)\"" }

    @Test("a kubelet that cannot be scraped is the one root cause", arguments: scrapes)
    func kubelets(_ error: String, _ code: String) {
        let judged = evidence {
            $0[.reading] = .object(["items": []])
            $0.logs = [BackendLog(pod: "ms-1", lines: [line(error)])]
        }
        #expect(roots(judged) == [code])
    }

    /// metrics-server is not ready, so it has no address, so it is not available, so every request fails.
    @Test func theKubeletIsTheCauseOfAllThatFollows() throws {
        let judged = evidence {
            $0[.endpoints] = .object(["subsets": [["notReadyAddresses": [["ip": "10.0.0.9"]]]]])
            $0[.pods] = .object(["items": [["metadata": ["name": "ms-1"], "status": ["phase": "Running"]]]])
            $0[.discovery] = .refused(code: 503, message: "service unavailable")
            $0[.reading] = .refused(code: 503, message: "service unavailable")
            $0[.podMetrics] = .refused(code: 503, message: "service unavailable")
            $0.logs = [BackendLog(pod: "ms-1", lines: [line(Self.scrapes[0].error)])]
        }
        let report = VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: judged))
        #expect(report.rootCauses.map(\.code) == [FindingCode(.kubeletCertificateWithoutAddress)])
        #expect(Set(report.consequences) == [FindingCode(.podNotReady), FindingCode(.conditionStale)])
        for case .consequence(_, let root) in report.results.map(\.verdict) {
            #expect(root == FindingCode(.kubeletCertificateWithoutAddress))
        }
    }

    @Test func theCauseOfMostNodesIsNamedFirst() throws {
        let nodes = ["n1", "n2", "n3", "n4"]
        let ready: JSONValue = ["conditions": [["type": "Ready", "status": "True"]]]
        let judged = evidence {
            $0[.nodes] = .object([
                "items": .array(nodes.map { ["metadata": ["name": .string($0)], "status": ready] })
            ])
            $0.logs = [
                BackendLog(
                    pod: "ms-1",
                    lines: [
                        // n1 has metrics: what its line says is history. n2's last word counts.
                        line("remote error: tls: internal error", node: "n1"),
                        line("no address matched types [InternalIP]", node: "n2"),
                        line("dial tcp 10.0.0.5:10250: connect: connection refused", node: "n2"),
                        line("dial tcp 10.0.0.6:10250: connect: connection refused", node: "n3"),
                        line("dial tcp 10.0.0.7:10250: i/o timeout", node: "n4"),
                    ])
            ]
        }
        #expect(roots(judged) == ["KB609"])
        let finding = try #require(
            VerificationReport(judging: VerificationRecord(server: "s", context: nil, evidence: judged))
                .rootCauses.first)
        #expect(finding.summary.hasPrefix("2 of 3 Ready nodes without metrics (n2, n3): "))
        #expect(finding.summary.hasSuffix("(and n4: KB610)"))
    }

    /// The wordings of the releases before.
    @Test(arguments: [
        #"E0115 07:59:50.123456       1 manager.go:111] unable to fully collect metrics: unable to fully scrape metrics from source kubelet_summary:n1: unable to fetch metrics from Kubelet n1 (10.0.0.5): Get https://10.0.0.5:10250/stats/summary: x509: certificate signed by unknown authority"#,
        #"E0115 07:59:50.123456       1 server.go:132] unable to fully scrape metrics: unable to fully scrape metrics from node n1: unable to fetch metrics from node n1: Get "https://10.0.0.5:10250/stats/summary": x509: certificate signed by unknown authority"#,
    ])
    func olderReleases(_ line: String) {
        let judged = evidence {
            $0[.reading] = .object(["items": []])
            $0.logs = [BackendLog(pod: "ms-1", lines: [line])]
        }
        #expect(roots(judged) == ["KB603"])
    }

    @Test func linesExplainNothingWhereMetricsAreThere() {
        let judged = evidence { $0.logs = [BackendLog(pod: "ms-1", lines: [line(Self.scrapes[0].error)])] }
        #expect(roots(judged) == [])
    }

    static let authentication: [(error: String, code: String)] = [
        (
            "[x509: certificate signed by unknown authority, verifying certificate SN=1, SKID=, AKID=AA failed: x509: certificate signed by unknown authority]",
            "KB210"
        ),
        (
            "[x509: subject with cn=front-proxy-ca is not in the allowed list, verifying certificate SN=1, SKID=, AKID=AA failed: x509: certificate signed by unknown authority]",
            "KB211"
        ),
        (
            "[x509: subject with cn=a is not in the allowed list: [], verifying certificate SN=1 failed: x509: certificate signed by unknown authority]",
            "KB205"
        ),
        ("x509: certificate specifies an incompatible key usage", "KB213"),
        (
            "[x509: certificate has expired or is not yet valid: current time 2027-01-15T07:59:50Z is after 2026-01-15T07:59:50Z, verifying certificate SN=1 failed: x509: certificate signed by unknown authority]",
            "KB212"
        ),
        (
            #"x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority certificate \"front-proxy-ca\")"#,
            "KB209"
        ),
        ("verifying certificate SN=1, SKID=, AKID=AA failed: x509: certificate signed by unknown authority", "KB204"),
    ]

    @Test("the log says why kube-apiserver's certificate is rejected", arguments: authentication)
    func rejected(_ error: String, _ code: String) {
        let message =
            "failing or missing response from https://10.0.0.1:443/apis: bad status from https://10.0.0.1: 401"
        let judged = evidence {
            $0[.apiService] = .object(condition("FailedDiscoveryCheck", message))
            $0[.discovery] = .refused(code: 503, message: "service unavailable")
            $0[.reading] = .refused(code: 503, message: "service unavailable")
            $0.logs = [
                BackendLog(
                    pod: "ms-1",
                    lines: [
                        #"E0115 07:59:50.1       1 authentication.go:73] "Unable to authenticate the request" err="\#(error)""#
                    ])
            ]
        }
        #expect(roots(judged) == [code])
    }

    static let processes: [(line: String, code: String)] = [
        (
            "panic: failed to create listener: failed to listen on 0.0.0.0:443: listen tcp 0.0.0.0:443: bind: permission denied",
            "KB321"
        ),
        ("Error: failed to listen on 0.0.0.0:10250: listen tcp 0.0.0.0:10250: bind: address already in use", "KB322"),
        ("Error: unknown flag: --kubelet-use-node-status-port", "KB323"),
        ("standard_init_linux.go:228: exec user process caused: operation not permitted", "KB324"),
        (
            #"W0115 07:59:50.1       1 requestheader_controller.go:193] Unable to get configmap/extension-apiserver-authentication in kube-system.  Usually fixed by 'kubectl create rolebinding -n kube-system ROLEBINDING_NAME --role=extension-apiserver-authentication-reader --serviceaccount=YOUR_NS:YOUR_SA'"#,
            "KB325"
        ),
        (
            #"Error: unable to load configmap based request-header-client-ca-file: Get "https://10.96.0.1:443/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication": dial tcp 10.96.0.1:443: i/o timeout"#,
            "KB326"
        ),
        (
            "W0115 07:59:50.1       1 authentication.go:298] Cluster doesn't provide requestheader-client-ca-file in configmap/extension-apiserver-authentication in kube-system, so request-header client certificate authentication won't work.",
            "KB201"
        ),
    ]

    @Test("the log says why the process does not come up", arguments: processes)
    func process(_ line: String, _ code: String) {
        let judged = evidence {
            $0[.endpoints] = .object(["subsets": []])
            $0[.pods] = .object([
                "items": [
                    [
                        "metadata": ["name": "ms-1"],
                        "status": [
                            "phase": "Running",
                            "containerStatuses": [["state": ["waiting": ["reason": "CrashLoopBackOff"]]]],
                        ],
                    ]
                ]
            ])
            $0[.discovery] = .refused(code: 503, message: "service unavailable")
            $0[.reading] = .refused(code: 503, message: "service unavailable")
            $0.logs = [BackendLog(pod: "ms-1", lines: [line], hasEnded: true)]
        }
        #expect(roots(judged) == [code])
    }

    @Test func anEventSaysWhyThereIsNoPod() {
        let judged = evidence {
            $0[.endpoints] = .object(["subsets": []])
            $0[.pods] = .object(["items": []])
            $0[.events] = .object([
                "items": [
                    [
                        "reason": "FailedCreate",
                        "involvedObject": ["kind": "ReplicaSet", "name": "metrics-server-6d94bc8694"],
                        "message":
                            "pods \"metrics-server-\" is forbidden: violates PodSecurity \"restricted:latest\": x",
                    ]
                ]
            ])
        }
        #expect(roots(judged) == ["KB316"])
    }
}
