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
        for difference in try await SessionRunner(session: session).play() { Issue.record(difference) }
    }

    @Test("every session that wants a tool wants one that a test looks for")
    func wanted() throws {
        #expect(try Session.all(in: sessionsFolder).compactMap(\.wants).allSatisfy { $0 == "chromium" })
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
