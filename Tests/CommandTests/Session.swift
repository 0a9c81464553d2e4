// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A transcript: commands, and what they must print. The tests that one can read aloud.
///
///     # a comment
///     lab --backend sample          run the commands inside a lab (first line only; ClusterTests); one with
///                                   --real-node is skipped where the machine cannot have it
///     waits                         sleeps most of the time: may run beside other labs
///     needs openssl certtool        tools that must be on PATH (before the first command)
///     wants chromium                a tool without which the session is skipped, and counted so
///     $ kbootstrap certs …          a shell command; $WORK is its own folder, $TESTS that of all tests
///     + the command's next line     for what needs several, such as a here-document
///     out line of stdout            every line, in order; `*` stands for any text, `...` for any lines
///     err line of stderr            the same
///     exit 2                        default 0
///     has file | lacks file         after the command
///
/// A command's stdout must match its `out` lines wholly; with none, it must be empty. stderr is compared when
/// there is an `err` line; `err` alone says that it must be empty.
struct Session: Sendable, CustomTestStringConvertible {
    struct Step: Sendable {
        let line: Int
        var command: String
        var out: [String] = []
        var err: [String]?
        var exit: Int32 = 0
        var has: [String] = []
        var lacks: [String] = []
    }

    let name: String
    private(set) var lab: String?
    private(set) var waits = false
    private(set) var needs: [String] = []
    private(set) var wants: String?
    private(set) var steps: [Step] = []
    /// Whether its lab runs containers.
    var needsRealNode: Bool { lab?.split(separator: " ").contains("--real-node") ?? false }

    var testDescription: String { name }

    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    init(file: URL) throws {
        name = file.deletingPathExtension().lastPathComponent
        let text = try String(contentsOf: file, encoding: .utf8)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let word = line.prefix { $0 != " " }
            let rest = String(line.dropFirst(word.count + 1))
            func amend(_ change: (inout Step) -> Void) throws {
                guard !steps.isEmpty else {
                    throw Malformed(description: "\(name):\(index + 1): '\(word)' before the first command")
                }
                change(&steps[steps.count - 1])
            }
            switch word {
            case "", "#": continue
            case "lab": lab = rest
            case "waits": waits = true
            case "needs": needs += rest.split(separator: " ").map(String.init)
            case "wants": wants = rest
            case "$": steps.append(Step(line: index + 1, command: rest))
            case "+": try amend { $0.command += "\n" + rest }
            case "out": try amend { $0.out.append(rest) }
            case "err": try amend { $0.err = ($0.err ?? []) + (rest.isEmpty ? [] : [rest]) }
            case "exit":
                guard let code = Int32(rest) else {
                    throw Malformed(description: "\(name):\(index + 1): exit wants a number")
                }
                try amend { $0.exit = code }
            case "has": try amend { $0.has.append(rest) }
            case "lacks": try amend { $0.lacks.append(rest) }
            default: throw Malformed(description: "\(name):\(index + 1): unknown word '\(word)'")
            }
        }
        guard !steps.isEmpty else { throw Malformed(description: "\(name): no command in it") }
    }

    /// Every `*.session` of a folder, by name; while one is being written, only those whose names hold
    /// `$KBOOTSTRAP_SESSION`.
    static func all(in folder: URL) throws -> [Session] {
        let wanted = ProcessInfo.processInfo.environment["KBOOTSTRAP_SESSION"] ?? ""
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "session" && (wanted.isEmpty || $0.lastPathComponent.contains(wanted)) }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map(Session.init(file:))
    }
}
