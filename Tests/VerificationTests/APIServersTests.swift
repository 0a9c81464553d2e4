// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing

@testable import Verification

/// Several API servers, each with what it said by itself.
@Suite struct APIServersTests {
    private static let claim = "every API server reaches the backend by itself"
    private static let well = Answer.object([:])
    private static let unavailable = Answer.refused(code: 503, message: "service unavailable")
    private static let anonymous = Answer.refused(
        code: 403, message: "forbidden: User \"system:anonymous\" cannot get path \"/apis\"")
    private static let away = Answer.unanswered(Silence(.apiServersNotVisible, "no route to the host"))

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let servers: [APIServerEvidence]
        /// `passed`, `none` where the check does not apply, or the code.
        let expected: String
        var contains: [String] = []
        var testDescription: String { name }
    }

    private static func server(
        _ number: Int, _ discovery: Answer, _ reading: Answer? = nil, unavailable: Bool? = nil
    ) -> APIServerEvidence {
        APIServerEvidence(
            address: "10.0.0.\(number):6443", discovery: discovery, reading: reading, isUnavailable: unavailable)
    }

    private static let foreign = Answer.refused(code: 403, message: "User \"kubelet-client\" cannot list")

    static let rows: [Row] = [
        Row(name: "there is one", servers: [server(1, well)], expected: "none"),
        Row(
            name: "all are well", servers: [server(1, well, well, unavailable: false), server(2, well, well)],
            expected: "passed", contains: ["10.0.0.1:6443, 10.0.0.2:6443"]),
        Row(
            name: "one is out of reach", servers: [server(1, well), server(2, away)], expected: "KB106",
            contains: ["not reachable from here: 10.0.0.2:6443 (no route to the host)"]),
        Row(name: "all are out of reach", servers: [server(1, away), server(2, away)], expected: "KB106"),
        Row(
            name: "one is refused", servers: [server(1, well), server(2, anonymous), server(3, well)],
            expected: "KB415", contains: ["1 of 3", "10.0.0.2:6443 (KB215)"]),
        Row(
            name: "two are refused, one is away",
            servers: [
                server(1, anonymous), server(2, well), server(3, .refused(code: 401, message: "")), server(4, away),
            ],
            expected: "KB415", contains: ["2 of 4", "10.0.0.1:6443 (KB215)", "10.0.0.3:6443 (KB216): HTTP 401"]),
        Row(
            name: "the condition of one makes all refuse, their metrics tell which",
            servers: [server(1, unavailable, unavailable: false), server(2, unavailable, unavailable: true)],
            expected: "KB415", contains: ["10.0.0.2:6443: HTTP 503"]),
        Row(name: "all fail alike", servers: [server(1, unavailable), server(2, unavailable)], expected: "none"),
        Row(
            name: "all call it available, and none answers",
            servers: [server(1, unavailable, unavailable: false), server(2, unavailable, unavailable: false)],
            expected: "none"),
        Row(
            name: "one is taken for somebody else", servers: [server(1, well, well), server(2, well, foreign)],
            expected: "KB416", contains: ["10.0.0.2:6443 (KB217)", "kubelet-client"]),
        Row(
            name: "all are taken for somebody else", servers: [server(1, well, foreign), server(2, well, foreign)],
            expected: "none"),
        Row(
            name: "one calls it unavailable and reaches it",
            servers: [server(1, well, unavailable: false), server(2, well, unavailable: true)], expected: "KB417",
            contains: ["10.0.0.2:6443"]),
    ]

    @Test("the odd one out is named", arguments: rows)
    func judged(_ row: Row) throws {
        let judged = evidence { $0.apiServers = row.servers }
        let report = VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: judged))
        let verdict = report.results.first { $0.claim == Self.claim }?.verdict
        let (code, text): (String, String) =
            switch verdict {
            case nil: ("none", "")
            case .passed(let seen): ("passed", seen)
            case .notChecked(let reason): (reason.code?.rawValue ?? "none", reason.because)
            case .warning(let finding), .failed(let finding), .consequence(let finding, _):
                (finding.code.rawValue, finding.summary)
            }
        #expect(code == row.expected)
        for part in row.contains { #expect(text.contains(part), "\(text)") }
        let again = VerificationReport(
            judging: try VerificationRecord(json: Array(try report.record.json().utf8), source: "-"))
        #expect(again.results == report.results)
    }

    @Test("a server that says no more than 503 has written the condition that says why")
    func theConditionIsItsOwn() {
        let judged = evidence {
            $0[.apiService] = .object([
                "spec": $0[.apiService].object?["spec"] ?? [:],
                "status": [
                    "conditions": [
                        [
                            "type": "Available", "status": "False", "reason": "FailedDiscoveryCheck",
                            "message": "failing or missing response from https://10.0.0.9:443: bad status from it: 401",
                        ]
                    ]
                ],
            ])
            $0.apiServers = [Self.server(1, Self.well), Self.server(2, Self.unavailable)]
        }
        let report = VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: judged))
        #expect(report.rootCauses.map(\.code.rawValue) == ["KB415"])
        #expect(report.rootCauses.first?.summary.contains("10.0.0.2:6443 (KB216): HTTP 503") == true)
    }

    @Test func whatFlapsFollowsFromTheOddOne() {
        let judged = evidence {
            $0.apiServers = [Self.server(1, Self.well), Self.server(2, Self.anonymous)]
            $0[.discovery] = Self.unavailable
            $0[.reading] = Self.foreign
        }
        #expect(roots(judged) == ["KB415"])
    }

    @Test("a caller who may not read is not taken for somebody else")
    func denied() {
        let judged = evidence {
            $0[.access] = .object(["status": ["allowed": false]])
            $0.apiServers = [Self.server(1, Self.well, Self.well), Self.server(2, Self.well, Self.foreign)]
        }
        #expect(roots(judged).isEmpty)
    }

    @Test func addressesAreThoseOfThePortThatServes() {
        let addresses = APIServers.addresses([
            "subsets": [
                [
                    "addresses": [["ip": "10.0.0.1"], ["ip": "fd00::1"]], "notReadyAddresses": [["ip": "10.0.0.9"]],
                    "ports": [["name": "other", "port": 1], ["name": "https", "port": 6443]],
                ],
                ["addresses": [["ip": "10.0.0.2"]], "ports": [["port": 70000]]],
            ]
        ])
        #expect(addresses.map(\.description) == ["10.0.0.1:6443", "[fd00::1]:6443"])
    }
}
