// SPDX-License-Identifier: Apache-2.0

import Core
import Foundation
import KubernetesClient
import Testing
import Verification

/// Evidence that was saved, and is judged where there is no cluster.
@Suite struct ReplayTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "Evidence")

    /// `NAME.CODE.json`, captured from `kbootstrap-lab run --fault NAME`; `none` for a code says that all is well.
    static let bundles = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".json") }.sorted()

    @Test func theBundlesAreThere() {
        #expect(Self.bundles.count >= 20)
    }

    @Test("a bundle from the lab is judged to its code, without the lab", arguments: bundles)
    func bundle(_ name: String) throws {
        let bytes = Array(try Data(contentsOf: Self.folder.appending(path: name)))
        let report = VerificationReport(judging: try VerificationRecord(json: bytes, source: name))
        let code = name.split(separator: ".")[1]
        if code == "none" {
            #expect(report.isHealthy)
        } else if report.isHealthy {
            #expect(report.warnings.first?.code.rawValue == String(code))
        } else {
            #expect(report.rootCauses.first?.code.rawValue == String(code))
        }
        // Saved again, it is the same document: nothing is lost on the way.
        let again = try VerificationRecord(json: Array(try report.record.json().utf8), source: name)
        #expect(again == report.record)
        #expect(VerificationReport(judging: again) == report)
    }

    private func saved(_ evidence: Evidence) throws -> String {
        try VerificationRecord(
            server: "https://10.0.0.1:6443", context: "lab", evidence: evidence, elapsed: .milliseconds(1234.5),
            timedOut: true
        ).json()
    }

    /// Every answer that judging tells apart, in every field.
    static let variations: [@Sendable (inout Evidence) -> Void] = [
        { _ in },
        { $0[.version] = .unanswered(Silence(.apiServerUnreachable, "no answer", hint: "type this")) },
        { $0[.version] = .refused(code: 401, message: "Unauthorized") },
        { $0[.apiService] = .refused(code: 404, message: "not found") },
        { $0[.service] = .refused(code: 403, message: "may not") },
        { $0[.endpoints] = .object(["subsets": []]) },
        { $0[.reading] = .object(["items": []]) },
        { $0[.nodes] = .refused(code: 403, message: "may not") },
        { $0[.reading] = .refused(code: 403, message: "User \"viewer\" cannot list") },
        {
            $0.unknownUsers = [
                UnknownUserEvidence(backend: "10.0.0.9:443", answer: .status(401, message: "Unauthorized"))
            ]
        },
        { $0.unknownUsers = [UnknownUserEvidence(backend: "10.0.0.9:443", answer: .unreachable(.other, "no route"))] },
        {
            $0.frontProxy = FrontProxyEvidence(
                directory: "/var/lib/kubernetes", clientCertificate: nil, problems: ["front-proxy.pem is not there"])
        },
        {
            $0[.endpoints] = .object(["subsets": [["notReadyAddresses": [["ip": "10.0.0.9"]]]]])
            $0[.pods] = .object([
                "items": [
                    [
                        "metadata": ["name": "ms-1"],
                        "status": [
                            "phase": "Pending",
                            "containerStatuses": [
                                [
                                    "image": "registry/ms",
                                    "state": ["waiting": ["reason": "ImagePullBackOff", "message": "403 Forbidden"]],
                                ]
                            ],
                        ],
                    ]
                ]
            ])
        },
    ]

    @Test("a saved round is judged as the live one", arguments: variations.indices)
    func roundTrip(_ index: Int) throws {
        let live = evidence(Self.variations[index])
        let record = VerificationRecord(
            server: "https://10.0.0.1:6443", context: "lab", evidence: live, elapsed: .milliseconds(1234.5))
        let report = VerificationReport(judging: record)
        let again = VerificationReport(
            judging: try VerificationRecord(json: Array(try record.json().utf8), source: "-"))
        #expect(again.results == report.results)
        #expect(again.elapsed == report.elapsed)
        #expect(again.server == report.server)
        #expect(again.kubernetesVersion == report.kubernetesVersion)
    }

    /// Secrets where they do occur, and where judging has no business.
    @Test func noSecretIsSaved() throws {
        let token = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJrdWJlIn0.c2lnbmF0dXJl"
        let key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIKEYKEYKEY\n-----END EC PRIVATE KEY-----\n"
        let text = try saved(
            evidence {
                $0[.pods] = .object([
                    "items": [
                        [
                            "metadata": ["name": "ms-1", "annotations": ["a": "SENTINEL1"]],
                            "spec": ["containers": [["env": [["name": "PASSWORD", "value": "SENTINEL2"]]]]],
                            "status": [
                                "conditions": [
                                    [
                                        "type": "PodScheduled", "status": "False",
                                        "message": .string("Bearer \(token), \(key)"),
                                    ]
                                ]
                            ],
                        ]
                    ]
                ])
                $0[.discovery] = .refused(code: 503, message: "proxyconnect https://user:SENTINEL3@proxy:3128 refused")
                $0[.authentication] = .object([
                    "data": ["requestheader-client-ca-file": .string(key), "x": "SENTINEL4"]
                ])
                $0[.reading] = .object(["items": [["metadata": ["name": "n1"], "data": ["password": "SENTINEL5"]]]])
                $0.frontProxy = FrontProxyEvidence(directory: "/d", clientCertificate: key, problems: [key])
                $0.unknownUsers = [
                    UnknownUserEvidence(backend: "b", answer: .unreachable(.other, "Authorization: bearer SENTINEL6"))
                ]
                $0[.version] = .unanswered(Silence(.apiServerUnreachable, "sent \(token)"))
            })
        for secret in ["SENTINEL", "KEYKEY", "c2lnbmF0dXJl", "PRIVATE KEY"] {
            #expect(!text.contains(secret), "\(secret) in \(text)")
        }
    }

    @Test(
        "files that are no evidence are refused in words",
        arguments: [
            ("", "it is not JSON"), ("not json", "it is not JSON"), ("[]", "something else"),
            (#"{"kind":"VerificationReport","apiVersion":"kbootstrap/v1"}"#, "a VerificationReport"),
            (#"{"kind":"VerificationEvidence","apiVersion":"kbootstrap/v9"}"#, "kbootstrap/v9"),
            (#"{"kind":"VerificationEvidence","apiVersion":"kbootstrap/v1"}"#, "is not there"),
            (String(repeating: "[", count: 100_000), "it is not JSON"),
            (
                #"{"kind":"VerificationEvidence","apiVersion":"kbootstrap/v1","server":"s","elapsedMilliseconds":1,"#
                    + #""timedOut":false,"evidence":{"apiServiceName":"a","askedAt":"2026-11-23T15:43:09Z","#
                    + #""version":{"refused":{"code":"x","message":"m"}}}}"#,
                "evidence.version.refused.code"
            ),
        ])
    func foreignFiles(_ text: String, _ reason: String) throws {
        let error = try #require(throws: VerificationRecordError.self) {
            _ = try VerificationRecord(json: Array(text.utf8), source: "some.json")
        }
        #expect(error.description.contains("some.json"))
        #expect(error.description.contains(reason), "\(error)")
        #expect(error.description.count < 500)
    }

    /// A file may come from anybody: what it says is printed, and steers no terminal.
    @Test func aHostileFileSteersNoTerminal() throws {
        let hostile = "\u{1B}]0;owned\u{07}\u{202E}\nall checks passed"
        let text = try saved(
            evidence {
                $0[.discovery] = .refused(code: 500, message: hostile)
                $0[.version] = .object(["gitVersion": .string(hostile)])
                $0[.nodes] = .object(["items": [["metadata": ["name": .string(hostile)]]]])
            })
        let report = VerificationReport(judging: try VerificationRecord(json: Array(text.utf8), source: "-"))
        let shown = "\(report.results) \(report.server) \(report.kubernetesVersion ?? "")"
        #expect(!shown.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
        #expect(report.rootCauses.allSatisfy { !$0.summary.contains("\n") })
    }
}
