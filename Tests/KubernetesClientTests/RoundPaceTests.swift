// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import KubernetesClient

/// How often something that waits asks: by arithmetic, and counted by servers that give it every reason to ask again.
@Suite struct RoundPaceTests {
    private let start = ContinuousClock.now

    /// When rounds begin that are wanted at these moments, in milliseconds from the first.
    private func rounds(wanted moments: [Int]) -> [Int] {
        var pace = RoundPace(startingAt: start)
        return moments.map { milliseconds in
            Int((pace.next(from: start + .milliseconds(milliseconds)) - start) / .milliseconds(1))
        }
    }

    @Test(
        "a quiet time saves one round, and no more",
        arguments: [
            ([0, 0, 0, 0], [2_000, 4_000, 6_000, 8_000]),
            ([2_100, 4_200, 6_300], [2_100, 4_200, 6_300]),
            ([60_000, 60_001, 60_002, 60_003], [60_000, 60_001, 62_000, 64_000]),
            ([3_000, 3_100, 3_200], [3_000, 4_000, 6_000]),
        ])
    func average(_ wanted: [Int], _ begun: [Int]) { #expect(rounds(wanted: wanted) == begun) }

    @Test("who has no time left looks a last time without delay, and gains nothing by doing so again")
    func last() {
        var pace = RoundPace(startingAt: start)
        #expect(pace.next(from: start, by: start + .milliseconds(300)) == start + .milliseconds(300))
        #expect(pace.next(from: start + .milliseconds(400), by: start + .milliseconds(500)) == start + .seconds(2))
    }

    @Test("who does something else meanwhile is told when a round is due")
    func due() {
        var pace = RoundPace(startingAt: start)
        let looks = (0..<40).filter { pace.beginsIfDue(at: start + .milliseconds(250 * $0)) }
        #expect(looks == [8, 16, 24, 32])
    }

    // MARK: Counted

    /// Long enough for four rounds after the first.
    private static let time = Duration.seconds(9)
    /// How often one request is sent at most where the server asks for that without a pause (Retry-After: 0).
    private static let retries = 9

    private struct Answers: Sendable {
        let name: String
        var mode = "watch"
        var list = ["1 a"]
        var watch = "[]"
        /// Requests of one round for one object: a list and a stream.
        var perRound = 2
        var isThere = true
    }

    private static func event(_ type: String, _ object: String) -> String {
        #"[{"type": "\#(type)", "object": \#(object)}]"#
    }

    private static let answers = [
        Answers(name: "410 instead of a stream", watch: #""gone""#),
        Answers(name: "410 in the stream", watch: event("ERROR", #"{"kind": "Status", "code": 410}"#)),
        Answers(name: "another ERROR", watch: event("ERROR", #"{"kind": "Status", "code": 500}"#)),
        Answers(name: "500 instead of a stream", watch: #""error""#),
        Answers(name: "streams that end at once"),
        Answers(name: "silence", watch: #"["silence"]"#),
        Answers(
            name: "a change at once", watch: event("MODIFIED", #"{"metadata": {"name": "a", "resourceVersion": "2"}}"#)),
        Answers(name: "a change in each list", list: ["* a"], watch: #""gone""#),
        Answers(name: "500 to everything", mode: "error"),
        Answers(name: "401 to everything", mode: "unauthorized"),
        Answers(name: "resets", mode: "reset", perRound: 5),
        Answers(name: "429 without a pause", mode: "busy", perRound: retries),
        Answers(name: "503 for an hour", mode: "later"),
        Answers(name: "refused connections", isThere: false),
    ]

    @Test(
        "a command that asks, waits for a change and asks again begins a round in two seconds", .timeLimit(.minutes(2)))
    func waits() async throws {
        try await everywhere { client, end in
            let seen: JSONValue = [
                "apiVersion": "v1", "kind": "Node", "metadata": ["name": "a", "resourceVersion": "1"],
            ]
            var rounds = 1
            while ContinuousClock.now < end {
                try await client.waitForChange(of: [seen], within: .seconds(2))
                rounds += 1
            }
            return rounds
        }
    }

    @Test("a stream that is followed for ever is begun once in two seconds", .timeLimit(.minutes(2)))
    func follows() async throws {
        try await everywhere { client, end in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while true {
                        try? await client.watch(.nodes) { _ in true }
                        try await client.waitForRound()
                    }
                }
                try await Task.sleep(until: end, clock: .continuous)
                group.cancelAll()
            }
            return nil
        }
    }

    /// Runs `body` against all servers at once, until `time` is over.
    ///
    /// - Parameter body: returns how many rounds it began, where it counts them.
    private func everywhere(
        _ body: @escaping @Sendable (APIClient, ContinuousClock.Instant) async throws -> Int?
    ) async throws {
        let most = Int(Self.time / RoundPace.interval) + 2
        try await withThrowingTaskGroup(of: Void.self) { group in
            for answers in Self.answers {
                group.addTask {
                    let server = try HostileServer(mode: answers.mode, list: answers.list, watch: [answers.watch])
                    let connection = try await server.connection()
                    if !answers.isThere { server.end() }
                    let (rounds, requests) = try await APIClient.with(connection) { client in
                        (try await body(client, .now + Self.time), client.requestCount)
                    }
                    if let rounds { #expect((2...most).contains(rounds), "\(answers.name): \(rounds) rounds") }
                    // A stream may begin again in the moment in which its wait ends.
                    #expect(requests <= most * (answers.perRound + 1), "\(answers.name): \(requests) requests")
                    #expect(requests > 0, "\(answers.name)")
                }
            }
            try await group.waitForAll()
        }
    }
}
