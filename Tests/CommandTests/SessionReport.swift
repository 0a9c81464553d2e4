// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

/// What a run says of its sessions while it goes on, and what it leaves for the table at its end.
enum SessionReport {
    private static let output = Mutex(())

    static func timed(_ session: Session, _ play: () async throws -> [Comment]) async throws -> [Comment] {
        let started = ContinuousClock.now
        let differences = try await play()
        let seconds = (ContinuousClock.now - started).components.seconds
        tell(differences.isEmpty ? "passed" : "differed", session, "\(seconds) s")
        return differences
    }

    /// At once, and whole lines only: sessions end beside each other.
    static func tell(_ verdict: String, _ session: Session, _ more: String) {
        let line = "session \(session.name) \(verdict) (\(more))\n"
        output.withLock { _ in FileHandle.standardError.write(Data(line.utf8)) }
    }

    /// Adds to the file `$KBOOTSTRAP_PROOF`, where it is set, a line for each code and claim that the session shows:
    /// version, metrics-server, code or claim, session, with tabs between.
    static func keepProof(of session: Session) {
        guard let path = ProcessInfo.processInfo.environment["KBOOTSTRAP_PROOF"], !path.isEmpty else { return }
        let surroundings = Surroundings.current
        let server = surroundings.hasRealMetricsServer ? "real" : "stand-in"
        let rows = shown(by: session).sorted().map { "\(surroundings.version)\t\(server)\t\($0)\t\(session.name)\n" }
        output.withLock { _ in
            if !FileManager.default.fileExists(atPath: path) {
                _ = FileManager.default.createFile(atPath: path, contents: nil)
            }
            guard let file = FileHandle(forWritingAtPath: path) else { return }
            defer { try? file.close() }
            _ = try? file.seekToEnd()
            file.write(Data(rows.joined().utf8))
        }
    }

    /// The codes, and the claims after `√`, of what it expects to be printed.
    private static func shown(by session: Session) -> Set<String> {
        var found: Set<String> = []
        for line in session.steps.flatMap({ $0.out + ($0.err ?? []) }) {
            for match in line.matches(of: /KB\d{3}/) { found.insert(String(match.output)) }
            guard let claim = line.split(separator: "√").dropFirst().first else { continue }
            let words = claim.prefix { $0 != "(" && $0 != "*" }.trimmingCharacters(in: .whitespaces)
            if words.split(separator: " ").count > 2 { found.insert(words) }
        }
        return found
    }
}
