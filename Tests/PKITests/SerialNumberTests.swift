// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PKI

struct SerialNumberTests {
    @Test("100,000 serials: positive, at most 20 octets, in shortest DER, and never the same")
    func manySerials() throws {
        var seen: Set<[UInt8]> = []
        var lengths: [Int: Int] = [:]
        for _ in 0..<100_000 {
            let der = try SerialNumber.random().der()
            let content = Array(der.dropFirst(2))
            guard der[0] == 0x02, Int(der[1]) == content.count, (1...20).contains(content.count),
                content[0] < 0x80, content.count == 1 || content[0] != 0 || content[1] >= 0x80,
                content != [0], seen.insert(content).inserted
            else {
                Issue.record("\(der)")
                continue
            }
            lengths[content.count, default: 0] += 1
        }
        #expect(seen.count == 100_000)
        // 127 of 128 numbers of 159 bits begin with an octet that is not zero.
        #expect(lengths[20, default: 0] > 98_000)
    }
}
