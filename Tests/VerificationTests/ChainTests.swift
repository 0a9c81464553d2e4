// SPDX-License-Identifier: Apache-2.0

import Core
import Foundation
import KubernetesClient
import Testing
import Verification

/// The chain as a page draws it.
@Suite struct ChainTests {
    @Test("each hop has what its servers have shown, and few kubelets stand for all") func served() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Evidence/healthy.none.json")
        let lab = try VerificationRecord(json: Array(try Data(contentsOf: file)), source: "healthy").evidence
        let pem = try #require(lab.frontProxy?.clientCertificate)
        let judged = evidence {
            $0.askedAt = lab.askedAt
            $0[.authentication] = lab[.authentication]
            $0.served = [
                ServedCertificate(.apiServer, name: "", certificate: pem),
                ServedCertificate(.backend, name: "10.0.0.9:4443", certificate: pem),
                ServedCertificate(.kubelet, name: "broken", certificate: "no PEM"),
            ]
            for number in 1...4 {
                $0.served.append(ServedCertificate(.kubelet, name: "n\(number)\u{1B}", certificate: pem))
            }
        }
        let record = VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: judged)
        let chain = Chain(VerificationReport(judging: record))
        #expect(
            chain.hops.map { $0.certificates.map(\.role) } == [
                ["kube-apiserver", "client CA"], ["requestheader CA", "backend 10.0.0.9:4443"],
                ["kubelet n1\\u{1b}", "kubelet n2\\u{1b}"],
            ])
        #expect(chain.hops.allSatisfy { $0.certificates.allSatisfy { $0.daysLeft >= 0 } })

        let again = try VerificationRecord(json: Array(try record.json().utf8), source: "-")
        #expect(again.evidence.served.map(\.certificate) == judged.served.map(\.certificate))
    }
}
