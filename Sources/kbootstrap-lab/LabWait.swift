// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient
import Synchronization

/// A wait with a limit, which says meanwhile what it waits for.
struct LabWait: Sendable {
    /// As in "kube-apiserver is ready".
    let what: String
    /// Far more than it ever took: only a machine that stands still gets there.
    var limit = Duration.seconds(120)
    var pause = Duration.milliseconds(200)
    /// The logs whose last lines tell why it did not come.
    var logs: [String] = []
    let messages: LabMessages

    /// How long a wait goes on without a word.
    private static let silence = Duration.seconds(15)

    /// Returns when `look` finds it, which it tells by nil; else it tells what it found in its place.
    ///
    /// An API server that does not answer is something found.
    ///
    /// - Parameter look: gets how many looks there were before it.
    /// - Throws: `LabError` at the limit, also where a look hangs; what `look` throws beside an `APIError`.
    func until(_ look: @escaping @Sendable (Int) async throws -> String?) async throws {
        let seen = Seen()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var count = 0
                while true {
                    let found: String?
                    do { found = try await look(count) } catch let error as APIError { found = "\(error)" }
                    guard let found else { return }
                    seen.text = found
                    count += 1
                    try await Task.sleep(for: pause)
                }
            }
            group.addTask {
                let started = ContinuousClock.now
                while ContinuousClock.now - started < limit {
                    try await Task.sleep(for: min(Self.silence, limit))
                    messages.step("still waiting until \(what); seen: \(seen.text)")
                }
                throw LabError(
                    "waited \(limit.components.seconds) s in vain until \(what); seen: \(seen.text)"
                        + logs.map { "\n  \($0.split(separator: "/").last ?? "") ends with:\n\(LabLog.tail($0))" }
                        .joined(),
                    hint: logs.isEmpty ? nil : "less \(logs.joined(separator: " "))")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// What a wait's last look found.
private final class Seen: Sendable {
    private let value = Mutex("nothing yet")

    var text: String {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}

/// A component's log.
enum LabLog {
    /// Its last lines, cut to a terminal's width and indented; a note where there are none.
    static func tail(_ path: String, lines: Int = 8) -> String {
        let text = (try? String(contentsOf: URL(filePath: path), encoding: .utf8)) ?? ""
        guard !text.isEmpty else { return "    (nothing)" }
        return text.split(separator: "\n").suffix(lines).map { "    " + $0.prefix(240) }.joined(separator: "\n")
    }
}
