// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import kbootstrap_lab

@Suite struct LogLineTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_767_225_599, "2025-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
        ] as [(TimeInterval, String)])
    func moments(seconds: TimeInterval, text: String) {
        #expect(UTCTime(Date(timeIntervalSince1970: seconds)).rfc3339 == text)
    }

    /// The expected text was written by klog.
    @Test func aLogLineIsKlogs() {
        let lines = Lines()
        let log = KlogLine { lines.append($0) }
        log.structured(
            .error, "Failed", at: "a.go:140",
            ["err": .text("Get \"https://10.0.0.1:10250\": EOF"), "node": .text("a"), "count": .bare("3")])
        log.structured(.info, "detail", at: "a.go:1", level: 1)
        let line = lines.all.joined()
        #expect(line.wholeMatch(of: /E\d{4} \d\d:\d\d:\d\d\.\d{6}       1 .*\n/) != nil, "\(line)")
        #expect(
            line.hasSuffix(
                #"a.go:140] "Failed" err="Get \"https://10.0.0.1:10250\": EOF" node="a" count=3"# + "\n"))
        #expect(lines.all.count == 1)
    }
}
