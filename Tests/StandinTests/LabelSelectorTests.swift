// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import kbootstrap_lab

@Suite struct LabelSelectorTests {
    static let labels = ["app": "web", "tier": "front"]

    @Test(
        arguments: [
            ("app=web", true), ("app==web", true), ("app=db", false), ("app!=db", true), ("app!=web", false),
            ("zone!=a", true), ("app in (db, web)", true), ("app in (db)", false), ("app notin (db)", true),
            ("zone notin (a)", true), ("app", true), ("zone", false), ("!zone", true), ("!app", false),
            ("app=web,tier in (front,back)", true), ("app=web,tier=back", false), ("", true),
        ])
    func matches(text: String, expected: Bool) throws {
        #expect(try #require(LabelSelector(text)).matches(Self.labels) == expected)
    }

    @Test(arguments: ["=web", "app in web", "a b c d"])
    func refuses(text: String) {
        #expect(LabelSelector(text) == nil)
    }
}
