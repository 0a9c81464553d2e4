// SPDX-License-Identifier: Apache-2.0

import Core
import KubernetesClient
import Testing
import Verification

/// What is advised for the hop between kube-apiserver and the backend.
@Suite struct ConnectionHintTests {
    private func report(_ evidence: Evidence) -> VerificationReport {
        VerificationReport(judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence))
    }

    @Test("a stale condition is said with its age")
    func stale() throws {
        let judged = report(
            evidence {
                let old = ConnectionTests.unavailable(ConnectionTests.said("EOF"))
                $0[.apiService] = old[.apiService]
            })
        let root = try #require(judged.rootCauses.first)
        #expect(root.code.rawValue == "KB410")
        #expect(root.summary.contains("for 60 s"))
    }

    @Test("hints name what was dialled and what was shown")
    func hints() throws {
        func hint(_ words: String, _ change: (inout Evidence) -> Void = { _ in }) throws -> String {
            try #require(report(ConnectionTests.unavailable(ConnectionTests.said(words), change)).rootCauses.first).hint
                .text
        }
        let unknown = "x509: certificate signed by unknown authority"
        #expect(try hint(unknown).hasPrefix("kbootstrap install-metrics "))
        #expect(try hint("x509: certificate has expired or is not yet valid").contains("--renew-serving-cert"))
        #expect(try hint("x509: certificate is valid for a, not b").contains("metrics-server.kube-system.svc"))
        #expect(
            try hint(unknown) {
                $0[.deployments] = .object([
                    "items": [
                        [
                            "metadata": [
                                "name": "metrics-server",
                                "annotations": ["meta.helm.sh/release-name": "metrics-server"],
                            ]
                        ]
                    ]
                ])
            }.contains("--serving-cert-only"))
        let refusal = BackendAnswer.status(403, message: #"forbidden: User "kbootstrap:nobody" cannot list"#)
        #expect(
            try hint(unknown) { $0.unknownUsers = [UnknownUserEvidence(backend: "10.0.0.9:443", answer: refusal)] }
                .contains("restart kube-apiserver"))
        #expect(
            try hint("EOF") {
                $0[.pods] = .object([
                    "items": [
                        [
                            "metadata": ["name": "ms-1"],
                            "spec": ["containers": [["name": "metrics-server"], ["name": "istio-proxy"]]],
                        ]
                    ]
                ])
                $0[.deployments] = .object(["items": [["metadata": ["name": "metrics-server"]]]])
                $0[.endpoints] = .object(["subsets": [["addresses": [["ip": "10.0.0.9"]], "ports": [["port": 4443]]]]])
            }.contains("excludeInboundPorts"))
    }

    @Test("the verdict on the certificate is never passed where it does not verify")
    func certificate() {
        func verdicts(_ words: String) -> [Verdict] {
            report(
                ConnectionTests.unavailable(ConnectionTests.said(words)) {
                    var apiService = $0[.apiService].object ?? .null
                    apiService["spec"]["caBundle"] = "Cg=="
                    $0[.apiService] = .object(apiService)
                }
            ).results.filter { $0.claim.contains("verifies the backend's certificate") }.map(\.verdict)
        }
        for words in ["x509: certificate signed by unknown authority", "x509: certificate is valid for a, not b"] {
            #expect(
                verdicts(words).allSatisfy { if case .consequence(_, of: "KB407") = $0 { true } else { false } })
        }
    }
}
