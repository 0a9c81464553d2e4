// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

func condition(_ reason: String, _ message: String) -> JSONValue {
    [
        "metadata": ["name": "v1beta1.metrics.k8s.io"],
        "spec": [
            "group": "metrics.k8s.io", "version": "v1beta1", "service": ["name": "ms", "namespace": "kube-system"],
        ],
        "status": [
            "conditions": [
                ["type": "Available", "status": "False", "reason": .string(reason), "message": .string(message)]
            ]
        ],
    ]
}

/// Judging is pure: captured evidence in, verdicts out.
@Suite struct JudgingTests {
    /// What a backend says to a user that nobody knows, and the cause that it shows; none where identity is proven.
    static let strangers: [(answer: BackendAnswer, code: String?)] = [
        (.status(403, message: #"flunders is forbidden: User "kbootstrap:nobody" cannot list resource"#), nil),
        (.status(403, message: #"flunders is forbidden: User "stranger" cannot list resource"#), "KB217"),
        (.status(403, message: #"flunders is forbidden: User "system:anonymous" cannot list resource"#), "KB217"),
        (.status(401, message: "Unauthorized"), "KB216"),
        (.status(200, message: ""), "KB218"),
        (.status(500, message: #"subjectaccessreviews.authorization.k8s.io is forbidden: User "x""#), "KB219"),
        (.status(403, message: #"subjectaccessreviews.authorization.k8s.io is forbidden: User "x""#), "KB219"),
        (.status(503, message: "starting"), "KB408"),
        (.unreachable(.refused, "no route to the host"), nil),
        (.unreachable(.untrusted, "does not verify"), nil),
    ]

    @Test("a backend asked by itself, as a user that nobody knows", arguments: strangers)
    func stranger(_ answer: BackendAnswer, _ code: String?) {
        let judged = evidence {
            $0.unknownUsers = [UnknownUserEvidence(backend: "10.0.0.9:443", answer: answer)]
        }
        #expect(roots(judged) == (code.map { [$0] } ?? []))
    }

    @Test func healthyEvidenceHasNoCause() {
        #expect(roots(evidence { _ in }) == [])
    }

    @Test("a server that keeps its version to itself is judged like any other")
    func versionForbidden() {
        let forbidden = Answer.refused(code: 403, message: "forbidden")
        #expect(roots(evidence { $0[.version] = forbidden }) == [])
        #expect(
            roots(
                evidence {
                    $0[.version] = forbidden
                    $0[.apiService] = forbidden
                }) == [])
    }

    @Test("a pod that is ready is not called unready where the endpoints cannot be read")
    func endpointsUnread() {
        let pod: JSONValue = [
            "metadata": ["name": "ms-1"],
            "status": ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]],
        ]
        #expect(
            roots(
                evidence {
                    $0[.pods] = .object(["items": [pod]])
                    $0[.endpoints] = .refused(code: 500, message: "etcd")
                }) == ["KB107"])
    }

    /// Messages as kube-aggregator words them (failure catalogue, sections 1 and 3).
    @Test(arguments: [
        ("ServiceNotFound", "service/ms in \"kube-system\" is not present", "KB301"),
        ("ServicePortError", "service/ms in \"kube-system\" is not listening on port 443", "KB302"),
        ("EndpointsNotFound", "cannot find endpointslices for service/ms in \"kube-system\"", "KB303"),
        (
            "MissingEndpoints",
            "endpoints for service/ms in \"kube-system\" have no addresses with port name \"https\"", "KB304"
        ),
        (
            "FailedDiscoveryCheck",
            "failing or missing response from https://10.0.0.1:443/apis: bad status from https://10.0.0.1:443/apis: 401",
            "KB216"
        ),
        (
            "FailedDiscoveryCheck",
            "failing or missing response from https://10.0.0.1:443/apis: bad status from https://10.0.0.1:443/apis: 403",
            "KB408"
        ),
        (
            "FailedDiscoveryCheck",
            "failing or missing response from https://10.0.0.1:443/apis: bad status from https://10.0.0.1:443/apis: 500",
            "KB408"
        ),
        (
            "FailedDiscoveryCheck",
            "failing or missing response from https://10.0.0.1:443/apis: Get \"https://10.0.0.1:443/apis\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
            "KB403"
        ),
        (
            "FailedDiscoveryCheck",
            "failing or missing response from https://10.0.0.1:443/apis: Get \"https://10.0.0.1:443/apis\": dial tcp 10.0.0.1:443: i/o timeout",
            "KB403"
        ),
        (
            "FailedDiscoveryCheck",
            "failing or missing response from https://10.0.0.1:443/apis: dial tcp 10.0.0.1:443: connect: connection refused",
            "KB404"
        ),
        (
            "FailedDiscoveryCheck",
            "failing or missing response from https://10.0.0.1:443/apis: dial tcp 10.0.0.1:443: connect: no route to host",
            "KB405"
        ),
        (
            "FailedDiscoveryCheck",
            "failing or missing response from https://10.0.0.1:443/apis: Get \"https://10.0.0.1:443/apis\": proxyconnect tcp: dial tcp 127.0.0.1:3128: connect: connection refused",
            "KB406"
        ),
        (
            "FailedDiscoveryCheck",
            "failing or missing response from https://10.0.0.1:443/apis: Get \"https://10.0.0.1:443/apis\": Forbidden",
            "KB406"
        ),
        (
            "FailedDiscoveryCheck",
            "failing or missing response from https://10.0.0.1:443/apis: Get \"https://10.0.0.1:443/apis\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
            "KB407"
        ),
        ("SomethingNew", "who knows", "KB409"),
    ])
    func conditionsNameTheirCause(_ reason: String, _ message: String, _ code: String) {
        let evidence = evidence {
            $0[.apiService] = .object(condition(reason, message))
            $0[.discovery] = .refused(code: 503, message: "service unavailable")
            $0[.reading] = .refused(code: 503, message: "service unavailable")
            // What the condition says is so.
            if code == "KB301" { $0[.service] = .refused(code: 404, message: "not found") }
            if code == "KB302" { $0[.service] = .object(["spec": ["ports": [["port": 8443]]]]) }
            if ["KB303", "KB304"].contains(code) {
                $0[.endpoints] = .notAsked
                $0[.pods] = .notAsked
            }
        }
        #expect(roots(evidence).first == code)
    }

    @Test func aForbiddenCallerWhoIsAllowedIsSomebodyElse() {
        let evidence = evidence {
            $0[.reading] = .refused(code: 403, message: "forbidden: User \"viewer\" cannot list resource \"nodes\"")
        }
        #expect(roots(evidence) == ["KB217"])
    }

    @Test func aCallerWhomTheServerForbidsProvesNothing() {
        let evidence = evidence {
            $0[.access] = .object(["status": ["allowed": false]])
            $0[.reading] = .refused(code: 403, message: "forbidden: User \"me\" cannot list resource \"nodes\"")
        }
        #expect(roots(evidence) == ["KB505"])
    }

    @Test func availableButUnreachableIsStale() {
        let evidence = evidence { $0[.discovery] = .refused(code: 503, message: "service unavailable") }
        #expect(roots(evidence) == ["KB410"])
    }

    @Test func aForeignCABundleIsFoundBehindAvailable() {
        let evidence = evidence {
            $0[.discovery] = .refused(
                code: 503, message: "error trying to reach service: x509: certificate signed by unknown authority")
        }
        #expect(roots(evidence) == ["KB407"])
    }

    @Test func aBackendThatIsNotVerifiedIsWarnedOf() {
        let evidence = evidence {
            var apiService = $0[.apiService].object ?? .null
            apiService["spec"]["insecureSkipTLSVerify"] = true
            $0[.apiService] = .object(apiService)
        }
        let warnings = VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence)
        ).results.compactMap {
            if case .warning(let finding) = $0.verdict { finding } else { nil }
        }
        #expect(warnings.map(\.code.rawValue) == ["KB413"])
        #expect(warnings.first?.hint.text.hasPrefix("kbootstrap install-metrics ") == true)
    }

    @Test func hintsNameTheNamespaceThatTheAPIServiceLeadsTo() throws {
        func hint(_ namespace: String, _ change: (inout Evidence) -> Void) -> String? {
            let evidence = evidence {
                var apiService = $0[.apiService].object ?? .null
                apiService["spec"]["service"]["namespace"] = .string(namespace)
                $0[.apiService] = .object(apiService)
                change(&$0)
            }
            for case .failed(let finding) in VerificationReport(
                judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence)
            ).results.map(\.verdict) { return finding.hint.text }
            return nil
        }
        let noMetrics = { (evidence: inout Evidence) in evidence[.reading] = .object(["items": []]) }
        #expect(hint("kube-system", noMetrics)?.hasPrefix("kubectl -n kube-system logs ") == true)
        #expect(hint("monitoring", noMetrics)?.hasPrefix("kubectl -n monitoring logs ") == true)
        // What is in kube-system for every backend stays there.
        let unreadable = { (evidence: inout Evidence) in
            var map = evidence[.authentication].object ?? .null
            map["data"]["requestheader-client-ca-file"] = "nothing"
            evidence[.authentication] = .object(map)
        }
        #expect(hint("monitoring", unreadable)?.hasPrefix("kubectl -n kube-system get configmap ") == true)
    }

    @Test func metricsMustCoverReadyNodesAndBeFresh() {
        #expect(roots(evidence { $0[.reading] = .object(["items": []]) }) == ["KB501"])
        let two: JSONValue = [
            "items": [
                ["metadata": ["name": "n1"], "status": ["conditions": [["type": "Ready", "status": "True"]]]],
                ["metadata": ["name": "n2"], "status": ["conditions": [["type": "Ready", "status": "True"]]]],
            ]
        ]
        #expect(roots(evidence { $0[.nodes] = .object(two) }) == ["KB503"])
        let old: JSONValue = ["items": [["metadata": ["name": "n1"], "timestamp": "2027-01-15T07:50:00Z"]]]
        #expect(roots(evidence { $0[.reading] = .object(old) }) == ["KB504"])
    }

    @Test(arguments: [("0", true), ("0Ki", true), ("0.0Mi", true), ("512Ki", false), ("0.5Gi", false), ("10", false)])
    func zeroMemoryIsNamed(_ memory: String, _ isZero: Bool) {
        let usage: JSONValue = ["cpu": "0", "memory": .string(memory)]
        let judged = evidence {
            $0[.reading] = .object([
                "items": [["metadata": ["name": "n1"], "timestamp": "2027-01-15T07:59:50Z", "usage": usage]]
            ])
            $0[.podMetrics] = .object([
                "items": [
                    ["metadata": ["name": "p", "namespace": "d"], "containers": [["name": "c", "usage": usage]]]
                ]
            ])
        }
        let warnings = VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: judged)
        ).warnings
        #expect(warnings.map(\.code.rawValue) == (isZero ? ["KB507"] : []))
        #expect(!isZero || warnings.first?.summary.hasSuffix("1 node (n1) and 1 pod (d/p)") == true)
    }

    @Test func controlCharactersNeverReachTheReader() {
        let evidence = evidence { $0[.apiService] = .object(condition("FailedDiscoveryCheck", "\u{1B}]0;owned\u{07}")) }
        for result in VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence)
        ).results {
            if case .failed(let finding) = result.verdict {
                #expect(!finding.summary.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
            }
        }
    }
}
