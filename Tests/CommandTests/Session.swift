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
///     limit 600                     seconds that the session may take (default 180; in a lab 300, where it waits 600)
///     only [1.34-] why              skipped elsewhere, with this reason
///     [1.34-] out line              any line may begin with the Kubernetes that it is for: `[1.34-]`, `[-1.33]`,
///                                   `[1.25-1.33]`; or with whose metrics-server runs: `[real]`, `[stand-in]`
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
    /// Why it cannot be played in these surroundings; nil where it can.
    private(set) var reasonToSkip: String?
    private var ownLimit: Int?
    /// Seconds that it may take.
    var limit: Int { ownLimit ?? (lab == nil ? 180 : waits ? 600 : 300) }
    /// Whether its lab runs containers.
    var needsRealNode: Bool { lab?.split(separator: " ").contains("--real-node") ?? false }

    var testDescription: String { name }

    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter surroundings: what is not for them is left out.
    init(file: URL, in surroundings: Surroundings = .current) throws {
        name = file.deletingPathExtension().lastPathComponent
        let text = try String(contentsOf: file, encoding: .utf8)
        for (index, written) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let place = "\(name):\(index + 1)"
            guard let line = try Self.line(written, at: place, in: surroundings) else { continue }
            let word = line.prefix { $0 != " " }
            let rest = String(line.dropFirst(word.count + 1))
            func amend(_ change: (inout Step) -> Void) throws {
                guard !steps.isEmpty else {
                    throw Malformed(description: "\(place): '\(word)' before the first command")
                }
                change(&steps[steps.count - 1])
            }
            switch word {
            case "", "#": continue
            case "lab": lab = rest
            case "waits": waits = true
            case "limit": ownLimit = Int(rest)
            case "only": try readOnly(rest, at: place, in: surroundings)
            case "needs": needs += rest.split(separator: " ").map(String.init)
            case "wants": wants = rest
            case "$": steps.append(Step(line: index + 1, command: rest))
            case "+": try amend { $0.command += "\n" + rest }
            case "out": try amend { $0.out.append(rest) }
            case "err": try amend { $0.err = ($0.err ?? []) + (rest.isEmpty ? [] : [rest]) }
            case "exit":
                guard let code = Int32(rest) else {
                    throw Malformed(description: "\(place): exit wants a number")
                }
                try amend { $0.exit = code }
            case "has": try amend { $0.has.append(rest) }
            case "lacks": try amend { $0.lacks.append(rest) }
            default: throw Malformed(description: "\(place): unknown word '\(word)'")
            }
        }
        if reasonToSkip == nil, let lab { reasonToSkip = Surroundings.reason(against: lab) }
        guard !steps.isEmpty else { throw Malformed(description: "\(name): no command in it") }
    }

    /// The line without its condition; nil where that does not hold.
    private static func line(
        _ written: Substring, at place: String, in surroundings: Surroundings
    ) throws -> Substring? {
        guard written.first == "[" else { return written }
        let condition = written.dropFirst().prefix { $0 != "]" }
        guard let holds = surroundings.meets(condition) else {
            throw Malformed(description: "\(place): '[\(condition)]' is no condition")
        }
        return holds ? written.dropFirst(condition.count + 2).drop { $0 == " " } : nil
    }

    private mutating func readOnly(_ rest: String, at place: String, in surroundings: Surroundings) throws {
        let condition = rest.dropFirst().prefix { $0 != "]" }
        guard rest.first == "[", let holds = surroundings.meets(condition) else {
            throw Malformed(description: "\(place): only wants a condition and a reason")
        }
        if !holds { reasonToSkip = "only for [\(condition)]:\(rest.dropFirst(condition.count + 2))" }
    }

    /// Every `*.session` of a folder, by name; while one is being written, only those whose names hold
    /// `$KBOOTSTRAP_SESSION`.
    static func all(in folder: URL) throws -> [Session] {
        let wanted = ProcessInfo.processInfo.environment["KBOOTSTRAP_SESSION"] ?? ""
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "session" && (wanted.isEmpty || $0.lastPathComponent.contains(wanted)) }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map { try Session(file: $0) }
    }
}
