// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// Clocks that differ: this machine's, kube-apiserver's, and the nodes'. The moment is 2027-01-15T08:00:00Z.
@Suite struct ClocksTests {
    private func report(_ change: (inout Evidence) -> Void) -> VerificationReport {
        VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence(change)))
    }

    private static func times(_ server: String, _ local: String) -> Answer {
        .object(["gitVersion": "v1.31.2", "serverTime": .string(server), "localTime": .string(local)])
    }

    private static func metrics(_ time: String) -> Answer {
        .object(["items": [["metadata": ["name": "n1"], "timestamp": .string(time)]]])
    }

    @Test(
        "this machine's clock beside the server's Date header",
        arguments: [
            ("2027-01-15T08:00:20Z", nil), ("2027-01-15T07:59:45Z", nil),
            ("2027-01-15T08:10:00Z", "this machine's clock is 10 min ahead of kube-apiserver's"),
            ("2027-01-15T07:58:00Z", "this machine's clock is 120 s behind kube-apiserver's"),
            ("2024-01-15T08:00:00Z", "this machine's clock is 1096 days behind kube-apiserver's"),
        ])
    func machine(_ local: String, _ told: String?) {
        let report = report { $0[.version] = Self.times("2027-01-15T08:00:00Z", local) }
        #expect(report.isHealthy)
        let found = report.warnings.first { $0.code == FindingCode(.clocksDiffer) }
        #expect((found != nil) == (told != nil))
        if let told { #expect(found?.summary.hasPrefix(told) == true, "\(found?.summary ?? "")") }
    }

    @Test("old figures that are renewed are those of a slow clock, and no others")
    func slowNode() throws {
        let old = "2027-01-15T07:49:50Z"
        #expect(report { $0[.reading] = Self.metrics(old) }.rootCauses.map(\.code.rawValue) == ["KB504"])
        let still = report {
            $0[.reading] = Self.metrics(old)
            $0[.readingAgain] = Self.metrics(old)
        }
        #expect(still.rootCauses.map(\.code.rawValue) == ["KB504"])
        let renewed = report {
            $0[.reading] = Self.metrics(old)
            $0[.readingAgain] = Self.metrics("2027-01-15T07:50:05Z")
        }
        #expect(renewed.isHealthy, "\(renewed.rootCauses)")
        let warning = try #require(renewed.warnings.first)
        #expect(warning.code == FindingCode(.clocksDiffer) && warning.subject == .node("n1"))
        #expect(warning.summary.hasPrefix("the metrics of n1 are dated 10 min behind kube-apiserver's clock"))
        #expect(warning.hint.text == "timedatectl   # on Node n1: is the clock synchronised?")
    }

    @Test("figures of the future are those of a fast clock")
    func fastNode() throws {
        let told = report { $0[.reading] = Self.metrics("2027-01-15T08:09:50Z") }
        #expect(told.isHealthy)
        #expect(try #require(told.warnings.first).summary.contains("n1 are dated 590 s ahead of"))
        #expect(report { $0[.reading] = Self.metrics("2027-01-15T08:00:25Z") }.warnings.isEmpty)
    }
}
