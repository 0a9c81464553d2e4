// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import kbootstrap_lab

/// Every wait of a lab ends, and says what it waited for.
@Suite struct LabWaitTests {
    private let messages = LabMessages(isQuiet: true)

    @Test func endsWhereItIsFound() async throws {
        try await LabWait(what: "it is there", messages: messages).until { _ in nil }
    }

    @Test func saysWhatWasSeen() async throws {
        let wait = LabWait(
            what: "the moon rises", limit: .milliseconds(300), pause: .milliseconds(20), logs: ["/nowhere/moon.log"],
            messages: messages)
        let error = await #expect(throws: LabError.self) { try await wait.until { _ in "the sun" } }
        let said = try #require(error).description
        #expect(said.contains("in vain until the moon rises; seen: the sun"))
        #expect(said.contains("moon.log ends with:") && said.contains("less /nowhere/moon.log"))
    }

    @Test(.timeLimit(.minutes(1))) func endsWhereALookHangs() async throws {
        let wait = LabWait(what: "an answer comes", limit: .milliseconds(300), messages: messages)
        await #expect(throws: LabError.self) {
            try await wait.until { _ in
                try await Task.sleep(for: .seconds(600))
                return nil
            }
        }
    }

    /// A node's kubelet that ends must not wait for containerd, which runs for ever.
    @Test(.timeLimit(.minutes(1))) func oneFailureEndsTheOthers() async throws {
        await #expect(throws: LabError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Task.sleep(for: .seconds(600)) }
                group.addTask { throw LabError("ended") }
                defer { group.cancelAll() }
                try await group.untilOneFails()
            }
        }
    }
}
