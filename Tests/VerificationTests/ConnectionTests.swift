// SPDX-License-Identifier: Apache-2.0

import Core
import KubernetesClient
import Testing
import Verification

/// The hop between kube-apiserver and the backend, in kube-apiserver's words (1.20.2 and 1.36.2).
@Suite struct ConnectionTests {
    static let url = "https://10.0.0.9:4443/apis/metrics.k8s.io/v1beta1"

    /// What follows `Get "URL": `, and the cause.
    static let words: [(String, String)] = [
        ("Address is not allowed", "KB424"),
        ("No agent available", "KB412"),
        ("dial timeout, backstop", "KB423"),
        ("proxy error from 127.0.0.1:8132 while dialing 10.0.0.9:4443, code 503: 503 Service Unavailable", "KB423"),
        ("proxy error from 127.0.0.1:9345 while dialing 10.0.0.9:4443, code 502: 502 Bad Gateway", "KB423"),
        (
            "dial unix /etc/kubernetes/konnectivity-server/konnectivity-server.socket: connect: no such file or directory",
            "KB423"
        ),
        ("net/http: TLS handshake timeout", "KB403"),
        (
            "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time "
                + "2026-12-01T00:00:00Z is after 2026-11-29T01:48:02Z", "KB407"
        ),
        (
            #"http2: server sent GOAWAY and closed the connection; LastStreamID=1999, ErrCode=NO_ERROR, debug="""#,
            "KB421"
        ),
        ("http2: client connection lost", "KB421"),
        ("dial tcp: lookup adapter.example.net on 10.0.0.2:53: no such host", "KB425"),
        ("dial tcp: lookup a.invalid on 10.0.0.2:53: dial udp 10.0.0.2:53: connect: network is unreachable", "KB425"),
        ("read tcp 10.0.0.1:50430->10.0.0.9:4443: read: connection reset by peer", "KB418"),
        ("EOF", "KB418"),
        ("http: server gave HTTP response to HTTPS client", "KB419"),
        ("tls: first record does not look like a TLS handshake", "KB419"),
        ("remote error: tls: handshake failure", "KB420"),
        ("remote error: tls: protocol version not supported", "KB420"),
        ("tls: server selected unsupported protocol version 301", "KB420"),
        ("remote error: tls: unknown certificate authority", "KB216"),
        ("remote error: tls: bad certificate", "KB216"),
        ("remote error: tls: certificate required", "KB216"),
        ("x509: certificate signed by unknown authority", "KB407"),
        (
            "tls: failed to verify certificate: x509: certificate is valid for other.svc, not metrics-server.kube-system.svc",
            "KB407"
        ),
        ("x509: certificate relies on legacy Common Name field, use SANs instead", "KB407"),
        ("dial tcp 10.0.0.9:4443: connect: connection refused", "KB404"),
        ("dial tcp 10.0.0.9:4443: connect: no route to host", "KB405"),
        ("context deadline exceeded (Client.Timeout exceeded while awaiting headers)", "KB403"),
    ]

    static func unavailable(_ message: String, _ change: (inout Evidence) -> Void = { _ in }) -> Evidence {
        evidence {
            var apiService = $0[.apiService].object ?? .null
            apiService["status"] = [
                "conditions": [
                    [
                        "type": "Available", "status": "False", "reason": "FailedDiscoveryCheck",
                        "message": .string(message), "lastTransitionTime": "2027-01-15T07:59:00Z",
                    ]
                ]
            ]
            $0[.apiService] = .object(apiService)
            for question in [Question.discovery, .reading, .podMetrics] {
                $0[question] = .refused(code: 503, message: "service unavailable")
            }
            change(&$0)
        }
    }

    static func said(_ words: String) -> String {
        "failing or missing response from \(url): Get \"\(url)\": \(words)"
    }

    private func report(_ evidence: Evidence) -> VerificationReport {
        VerificationReport(judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence))
    }

    @Test("each wording has its cause, in the condition and in an answer", arguments: words)
    func wordings(_ words: String, _ code: String) {
        #expect(roots(Self.unavailable(Self.said(words))) == [code])
        let live = evidence {
            for question in [Question.discovery, .reading, .podMetrics] {
                $0[question] = .refused(
                    code: 503, message: "error trying to reach service: Get \"\(Self.url)\": \(words)")
            }
        }
        #expect(roots(live) == [code])
    }

    @Test("a server that ends a handshake and answers plain HTTP is a plain server")
    func plainServers() {
        let closed = Self.said("EOF")
        func judged(_ answer: Answer) -> [String] { roots(Self.unavailable(closed) { $0[.plainHTTP] = answer }) }
        #expect(judged(.object(["kind": "APIResourceList"])) == ["KB419"])
        #expect(judged(.refused(code: 404, message: "404 page not found")) == ["KB419"])
        #expect(judged(.refused(code: 400, message: "Client sent an HTTP request to an HTTPS server.")) == ["KB418"])
        #expect(judged(.refused(code: 503, message: "error trying to reach service: EOF")) == ["KB418"])
        #expect(judged(.refused(code: 403, message: "services \"http:a:443\" is forbidden")) == ["KB418"])
        #expect(judged(.notAsked) == ["KB418"])
    }

    @Test("that a probe arrives as system:anonymous needs a proof")
    func anonymous() {
        let forbidden = "failing or missing response from \(Self.url): bad status from \(Self.url): 403"
        func judged(_ change: (inout Evidence) -> Void) -> [String] { roots(Self.unavailable(forbidden, change)) }
        #expect(judged { _ in } == ["KB408"])
        #expect(
            judged {
                $0[.withoutCertificate] = .refused(
                    code: 403, message: #"forbidden: User "system:anonymous" cannot get path "/apis""#)
            } == ["KB215"])
        #expect(judged { $0[.withoutCertificate] = .refused(code: 403, message: "RBAC: access denied") } == ["KB408"])
        #expect(
            judged {
                $0[.withoutCertificate] = .refused(
                    code: 403, message: #"services "https:m:443" is forbidden: User "bob" cannot get "services/proxy""#)
            } == ["KB408"])
        let refusal = BackendAnswer.status(403, message: #"forbidden: User "kbootstrap:nobody" cannot list"#)
        #expect(
            judged { $0.unknownUsers = [UnknownUserEvidence(backend: "10.0.0.9:4443", answer: refusal)] } == ["KB215"])
    }

    @Test("a backend that answers 401 to everybody wants credentials of its own")
    func ownCredentials() {
        let rejected = "failing or missing response from \(Self.url): bad status from \(Self.url): 401"
        #expect(roots(Self.unavailable(rejected)) == ["KB216"])
        #expect(
            roots(
                Self.unavailable(rejected) { $0[.withoutCertificate] = .refused(code: 401, message: "Unauthorized") })
                == ["KB408"])
    }

    @Test("what fails while discovery answers is never called healthy")
    func someRequests() {
        let silence = Silence(.apiServerUnreachable, "no answer within the time given")
        for answer in [
            Answer.unanswered(silence), .refused(code: 500, message: "oops"),
            .refused(code: 503, message: "error trying to reach service: EOF"),
        ] {
            for question in [Question.reading, .podMetrics] {
                #expect(roots(evidence { $0[question] = answer }).first == "KB427", "\(question): \(answer)")
            }
        }
    }

    @Test("a request that hangs is the backend's silence")
    func hangs() {
        let silence = Silence(.apiServerUnreachable, "no answer within the time given")
        let judged = evidence {
            for question in [Question.discovery, .reading, .podMetrics] { $0[question] = .unanswered(silence) }
        }
        #expect(roots(judged) == ["KB403"])
    }

    @Test("an APIService without a Service is kube-apiserver's own")
    func local() {
        let judged = evidence {
            var apiService = $0[.apiService].object ?? .null
            apiService["spec"]["service"] = .null
            $0[.apiService] = .object(apiService)
            for question in [Question.service, .endpoints, .pods] { $0[question] = .notAsked }
            for question in [Question.discovery, .reading, .podMetrics] {
                $0[question] = .refused(code: 404, message: "404 page not found")
            }
        }
        #expect(roots(judged) == ["KB426"])
    }

    static let webhook = #"failed calling webhook "validate.policy.svc-fail": failed to call webhook: Post "https://p""#

    @Test("an admission webhook that refuses reviews is named, with its configuration")
    func webhooks() throws {
        let judged = report(
            evidence {
                $0[.access] = .refused(code: 500, message: "Internal error occurred: \(Self.webhook)")
                $0[.review] = .refused(
                    code: 500,
                    message: #"Internal Server Error: "/apis/metrics.k8s.io/v1beta1/pods": Internal error occurred: "#
                        + Self.webhook)
                $0[.webhooks] = .object([
                    "items": [
                        [
                            "kind": "ValidatingWebhookConfiguration", "metadata": ["name": "policy-engine"],
                            "webhooks": [["name": "validate.policy.svc-fail"]],
                        ]
                    ]
                ])
                // The kubelet's reviews are refused too.
                $0[.reading] = .object(["items": []])
                $0.logs = [
                    BackendLog(
                        pod: "ms-1",
                        lines: [
                            #"E1201 04:30:17.779621 1 scraper.go:149] "Failed to scrape node" "#
                                + #"err="request failed, status: \"401 Unauthorized\"" node="n1""#
                        ])
                ]
            })
        #expect(judged.rootCauses.map(\.code.rawValue) == ["KB222"])
        let hint = try #require(judged.rootCauses.first?.hint)
        #expect(hint.isFix)
        #expect(hint.text.hasPrefix("kubectl edit validatingwebhookconfiguration policy-engine "))
        #expect(hint.text.contains("subjectaccessreviews"))
    }

    @Test("a backend whose only word is the webhook's is not called broken itself")
    func webhookSeenFromThisHost() {
        let message =
            #"Internal Server Error: "/apis/metrics.k8s.io/v1beta1/nodes": Internal error occurred: "# + Self.webhook
        let judged = evidence {
            $0.unknownUsers = [UnknownUserEvidence(backend: "10.0.0.9:4443", answer: .status(500, message: message))]
        }
        #expect(roots(judged) == ["KB222"])
    }

    static let handshakes: [(BackendAnswer.Failure, String, String)] = [
        (.untrusted, "the TLS handshake failed: handshakeFailed(sslError([Error:  EOF during handshake]))", "KB418"),
        (.untrusted, "the server refused the TLS handshake: SSLV3_ALERT_HANDSHAKE_FAILURE", "KB420"),
        (.untrusted, "the server refused the TLS handshake: TLSV1_ALERT_UNKNOWN_CA", "KB216"),
        (.untrusted, "the server speaks no TLS 1.2 or newer", "KB420"),
        (.untrusted, "what answers there does not speak TLS", "KB419"),
        (.untrusted, "the server's certificate does not verify: not signed by the kubeconfig's CA", "KB407"),
        (.untrusted, "the server's certificate is not valid for this address", "KB407"),
        (.closed, "the connection was reset by peer", "KB418"),
        (.other, "read(descriptor:pointer:size:): Connection reset by peer) (errno: 104)", "KB418"),
    ]

    @Test("a handshake that this host makes accuses a certificate only where it saw one", arguments: handshakes)
    func handshake(_ failure: BackendAnswer.Failure, _ why: String, _ code: String) {
        let judged = evidence {
            for question in [Question.discovery, .reading, .podMetrics] {
                $0[question] = .refused(code: 503, message: "service unavailable")
            }
            $0.unknownUsers = [UnknownUserEvidence(backend: "10.0.0.9:4443", answer: .unreachable(failure, why))]
        }
        #expect(roots(judged) == [code])
    }
}
