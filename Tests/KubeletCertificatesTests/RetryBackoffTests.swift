// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KubeletCertificates

/// How often a request that nobody may approve makes the approver read the cluster's Nodes and Services again.
struct RetryBackoffTests {
    /// The rounds of an hour in which one is looked at that came after `start` rounds.
    private static func rounds(from start: Int) -> [Int] {
        var looks = 0
        return (1...360).map { start + $0 }.filter { round in
            guard RetryBackoff.isDue(after: looks, in: round) else { return false }
            looks += 1
            return true
        }
    }

    @Test("at first in the next round, then half as often each time, in the end every five minutes")
    func slower() {
        #expect(Self.rounds(from: 0).prefix(8) == [1, 2, 4, 8, 16, 32, 64, 96])
        #expect(Self.rounds(from: 0).count < 20)
    }

    @Test("whenever a request came, it meets the others in the end, so that one reading serves them all")
    func shared() {
        let late = (0..<32).map { Set(Self.rounds(from: $0).drop { $0 < 100 }) }
        #expect(late.dropFirst().allSatisfy { $0.isSubset(of: late[0].union([384])) })
    }
}
