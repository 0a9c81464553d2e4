// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// A kubelet without a serving certificate: what has become of its request, and the step that `inspect` advises for it.
@Suite struct SigningRequestsTests {
    private static let line =
        #"E1201 04:41:03.552312       1 scraper.go:149] "Failed to scrape node" err="Get \"https://10.77.0.11:10250/metrics/resource\": remote error: tls: internal error" node="n1""#

    private func root(_ requests: Answer, _ line: String = line) throws -> Finding {
        let report = VerificationReport(
            judging: VerificationRecord(
                server: "https://10.0.0.1", context: nil,
                evidence: evidence {
                    $0[.endpoints] = .object(["subsets": []])
                    $0[.discovery] = .refused(code: 503, message: "service unavailable")
                    $0[.reading] = .refused(code: 503, message: "service unavailable")
                    $0.logs = [BackendLog(pod: "ms-1", container: "metrics-server", lines: [line])]
                    $0[.signingRequests] = requests
                }))
        return try #require(report.rootCauses.first { $0.code == FindingCode(.kubeletWithoutCertificate) })
    }

    private func request(_ status: JSONValue, signer: String = "kubernetes.io/kubelet-serving") -> Answer {
        .object([
            "items": [
                [
                    "metadata": ["name": "csr-x", "creationTimestamp": "2027-01-15T07:00:00Z"],
                    "spec": ["signerName": .string(signer), "username": "system:node:n1"], "status": status,
                ]
            ]
        ])
    }

    private func decided(_ type: String, certificate: JSONValue = .null) -> JSONValue {
        [
            "conditions": [["type": .string(type), "lastUpdateTime": "2027-01-15T07:10:00Z", "reason": "Policy"]],
            "certificate": certificate,
        ]
    }

    @Test func pending() throws {
        let root = try root(request([:]))
        #expect(root.summary.hasSuffix("remote error: tls: internal error; n1: its signing request csr-x is pending"))
        #expect(root.hint.text.hasPrefix("kbootstrap kubelet-certs approve csr-x --allow-cidr NETWORK"))
    }

    @Test func decidedOtherwise() throws {
        let unsigned = try root(request(decided("Approved")))
        #expect(unsigned.summary.hasSuffix("its signing request csr-x is approved and not signed"))
        #expect(unsigned.hint.text.hasPrefix("pgrep -a kube-controller-manager"))
        let issued = try root(request(decided("Approved", certificate: "-")))
        #expect(issued.summary.hasSuffix("its signing request csr-x is issued, and it does not serve with it"))
        #expect(issued.hint.text.hasPrefix("systemctl restart kubelet"))
        let denied = try root(request(decided("Denied")))
        #expect(denied.summary.hasSuffix("its signing request csr-x is denied (Policy)"))
        #expect(denied.hint.text.hasPrefix("kubectl get csr csr-x"))
    }

    @Test func neverMade() throws {
        let root = try root(request([:], signer: "kubernetes.io/kube-apiserver-client-kubelet"))
        #expect(root.summary.hasSuffix("n1: there is no signing request of it"))
        #expect(root.hint.text.hasPrefix("systemctl restart kubelet"))
    }

    /// Who may not list them says nothing of them.
    @Test(arguments: [Answer.refused(code: 403, message: "forbidden"), .notAsked])
    func unknown(_ answer: Answer) throws {
        let root = try root(answer)
        #expect(root.summary.hasSuffix("remote error: tls: internal error"))
        #expect(root.hint.text.hasPrefix("kbootstrap kubelet-certs inspect"))
    }
}
