// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// Under whose name a caller arrives, and what a host that acts as the aggregator sees.
@Suite struct IdentityTests {
    private func report(_ evidence: Evidence) -> VerificationReport {
        VerificationReport(judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence))
    }

    private static let refusal = #"nodes.metrics.k8s.io is forbidden: User "alice" cannot list resource "nodes""#

    @Test(
        "a refusal is a lost identity unless it names the caller",
        arguments: [
            (nil, "KB217"), ("bob", "KB217"), ("alice", "KB505"), ("alic", "KB217"),
        ])
    func refused(_ caller: String?, _ code: String) {
        let judged = evidence {
            $0[.reading] = .refused(code: 403, message: Self.refusal)
            if let caller { $0[.caller] = .object(["status": ["userInfo": ["username": .string(caller)]]]) }
        }
        #expect(roots(judged) == [code])
    }

    @Test("a refused discovery is the caller's own where kube-apiserver lets them list nothing")
    func discovery() {
        let message = #"forbidden: User "alice" cannot get path "/apis/metrics.k8s.io/v1beta1""#
        func judged(allowed: Bool) -> [String] {
            roots(
                evidence {
                    $0[.discovery] = .refused(code: 403, message: message)
                    $0[.access] = .object(["status": ["allowed": .bool(allowed)]])
                    $0[.reading] = .refused(code: 403, message: Self.refusal)
                })
        }
        #expect(judged(allowed: false) == ["KB505"])
        #expect(judged(allowed: true) == ["KB217"])
    }

    static let failures: [(BackendAnswer.Failure, String, String)] = [
        (.untrusted, "does not verify", "KB407"), (.refused, "connection refused", "KB404"),
        (.noRoute, "no route to the host", "KB405"), (.silent, "no connection within the time given", "KB403"),
    ]

    @Test("what the aggregator cannot reach, this host sees the reason of", arguments: failures)
    func split(_ failure: BackendAnswer.Failure, _ why: String, _ code: String) {
        let judged = evidence {
            $0[.discovery] = .refused(code: 503, message: "service unavailable")
            $0[.reading] = .refused(code: 503, message: "service unavailable")
            $0.unknownUsers = [UnknownUserEvidence(backend: "10.0.0.9:4443", answer: .unreachable(failure, why))]
        }
        #expect(roots(judged) == [code])
    }

    @Test("a Service's address that only kube-proxy makes is told from the backends")
    func clusterIP() throws {
        let refused = BackendAnswer.status(403, message: #"User "kbootstrap:nobody" cannot list resource"#)
        func judged(works: Bool) -> VerificationReport {
            report(
                evidence {
                    if !works {
                        $0[.discovery] = .refused(code: 503, message: "service unavailable")
                        $0[.reading] = .refused(code: 503, message: "service unavailable")
                    }
                    $0.unknownUsers = [
                        UnknownUserEvidence(backend: "10.0.0.9:4443", answer: refused),
                        UnknownUserEvidence(
                            backend: "10.32.0.9:443", isClusterIP: true, answer: .unreachable(.silent, "no answer")),
                    ]
                })
        }
        #expect(judged(works: true).rootCauses.isEmpty)
        // The Service's address alone proves nothing.
        let alone = report(
            evidence {
                $0.unknownUsers = [UnknownUserEvidence(backend: "10.32.0.9:443", isClusterIP: true, answer: refused)]
            })
        #expect(!alone.results.contains { $0.claim.hasPrefix("a user that nobody knows") })
        let root = try #require(judged(works: false).rootCauses.first)
        #expect(root.code == FindingCode(.backendTimesOut))
        #expect(root.hint.text.contains("--enable-aggregator-routing=true"))
        #expect(root.hint.isFix)
    }

    @Test(
        "what is dialled says what to change",
        arguments: [
            ("10.32.0.9", "--enable-aggregator-routing=true"), ("10.0.0.9", "ip route get 10.0.0.9"),
            ("192.0.2.1", "does a NetworkPolicy or a firewall drop the port"),
        ])
    func dialled(_ host: String, _ hint: String) throws {
        let message =
            "failing or missing response from https://\(host):443/apis: Get \"https://\(host):443/apis\": context deadline exceeded"
        let root = try #require(
            report(
                evidence {
                    $0[.apiService] = .object(condition("FailedDiscoveryCheck", message))
                    $0[.discovery] = .refused(code: 503, message: "service unavailable")
                    $0[.reading] = .refused(code: 503, message: "service unavailable")
                    $0[.service] = .object(["spec": ["ports": [["port": 443]], "clusterIP": "10.32.0.9"]])
                }
            ).rootCauses.first)
        #expect(root.code == FindingCode(.backendTimesOut))
        #expect(root.hint.text.contains(hint))
    }

    @Test("another API than metrics is never told to install metrics-server")
    func otherAPI() {
        for code in [401, 403, 500, 503] {
            let judged = evidence {
                $0.rename("v1.example.com")
                $0[.discovery] = .refused(code: code, message: "x509: certificate signed by unknown authority")
                $0[.reading] = .notAsked
            }
            let hints = report(judged).results.compactMap { result -> String? in
                switch result.verdict {
                case .failed(let finding), .warning(let finding): finding.hint.text
                default: nil
                }
            }
            #expect(!hints.isEmpty)
            #expect(hints.allSatisfy { !$0.contains("metrics") }, "\(hints)")
        }
    }
}
