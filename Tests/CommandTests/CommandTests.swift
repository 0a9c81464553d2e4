// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

private let sessionsFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Sessions")

/// The commands as a user types them, where no cluster is needed.
@Suite(.serialized) struct CommandTests {
    @Test(arguments: try Session.all(in: sessionsFolder).filter { $0.wants == nil })
    func session(_ session: Session) async throws { try await play(session) }

    @Test(
        .enabled(if: Binaries.isOnPath("chromium"), "chromium is not installed"),
        arguments: try Session.all(in: sessionsFolder).filter { $0.wants == "chromium" })
    func inBrowser(_ session: Session) async throws { try await play(session) }

    private func play(_ session: Session) async throws {
        let missing = session.needs.filter { !Binaries.isOnPath($0) }
        try #require(
            missing.isEmpty, "\(session.name) needs \(missing.joined(separator: ", ")); scripts/test installs them")
        if let reason = session.reasonToSkip { return SessionReport.tell("skipped", session, reason) }
        let differences = try await SessionReport.timed(session) { try await SessionRunner(session: session).play() }
        for difference in differences { Issue.record(difference) }
    }

    @Test("every session that wants a tool wants one that a test looks for")
    func wanted() throws {
        #expect(try Session.all(in: sessionsFolder).compactMap(\.wants).allSatisfy { $0 == "chromium" })
    }

    @Test(arguments: [
        ("1.34-", false, true, true), ("-1.33", true, false, false), ("1.20-1.33", true, false, false),
        ("1.21-1.33", false, false, false), ("real", false, false, true), ("stand-in", true, true, false),
        ("1.x-", nil, nil, nil), ("", nil, nil, nil), ("-", nil, nil, nil), ("newer", nil, nil, nil),
    ])
    func conditions(_ text: String, on20: Bool?, on34: Bool?, on36Real: Bool?) {
        func meets(_ minor: Int, _ isReal: Bool) -> Bool? {
            Surroundings(minor: minor, version: "v1.\(minor).0", hasRealMetricsServer: isReal).meets(text[...])
        }
        #expect(meets(20, false) == on20)
        #expect(meets(34, false) == on34)
        #expect(meets(36, true) == on36Real)
    }

    @Test func labsThatCannotBeHad() {
        func reason(_ lab: String, _ there: Set<String>) -> String? {
            Surroundings.reason(against: lab) { there.contains($0) }
        }
        #expect(reason("--quiet --bare", []) == nil)
        #expect(reason("--quiet", ["sample-apiserver"]) == nil)
        #expect(reason("--fault no-flags", []) == "no sample-apiserver beside kube-apiserver")
        #expect(
            reason("--bare --rollouts", ["kube-scheduler"]) == "no kube-controller-manager beside kube-apiserver")
    }

    @Test("a session leaves out what is for another Kubernetes, and is skipped where it cannot be played")
    func conditionsInASession() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).session")
        defer { try? FileManager.default.removeItem(at: file) }
        try "only [1.21-] slices are needed\n$ true\n[-1.33] out old\n[1.34-] out new\nlimit 7\n"
            .write(to: file, atomically: true, encoding: .utf8)
        func session(_ minor: Int) throws -> Session {
            try Session(
                file: file, in: Surroundings(minor: minor, version: "v1.\(minor).0", hasRealMetricsServer: false))
        }
        #expect(try session(20).reasonToSkip == "only for [1.21-]: slices are needed")
        #expect(try session(36).reasonToSkip == nil)
        #expect(try session(33).steps[0].out == ["old"])
        #expect(try session(36).steps[0].out == ["new"])
        #expect(try session(36).limit == 7)
    }

    @Test("a session that hangs ends by its name, with what its processes were doing, and nothing of it runs on")
    func lateSession() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "late-\(UUID().uuidString).session")
        defer { try? FileManager.default.removeItem(at: file) }
        try "limit 2\n$ true\n$ (setsid sleep 987654 &); sleep 876543\n"
            .write(to: file, atomically: true, encoding: .utf8)
        let started = Date()
        let said = try await SessionRunner(session: Session(file: file)).play().map(\.rawValue).joined()
        #expect(said.contains("did not end within 2 s. It was at 3: $ (setsid sleep"))
        #expect(said.contains(/\d+ S.*, \d+ s: sleep 876543/))
        #expect(Date().timeIntervalSince(started) < 30)
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["pgrep", "-f", "sleep (98765|87654)"]
        process.standardOutput = output
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
    }

    @Test(arguments: [
        (["a", "b"], "a\nb\n", true),
        (["a*c"], "abbbc\n", true),
        (["a*c"], "abbbd\n", false),
        (["...", "z"], "a\nb\nz\n", true),
        (["a", "..."], "a\n", true),
        ([], "", true),
        ([], "a\n", false),
        (["a"], "", false),
    ])
    func linePatternsMatchWholly(_ expected: [String], _ text: String, _ matches: Bool) {
        #expect(LinePattern.match(expected, against: text) == matches)
    }
}
