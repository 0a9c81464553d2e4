// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import kbootstrap_lab

/// Expected texts were written by Go programs: time.Duration.String, fmt's %q, klog and resource.Quantity.
@Suite struct GoTextTests {
    @Test(
        arguments: [
            (0, "0s"), (999, "999ns"), (47_068, "47.068µs"), (1_500_000, "1.5ms"), (15_000_000_000, "15s"),
            (15_012_000_000, "15.012s"), (60_000_000_000, "1m0s"), (90_500_000_000, "1m30.5s"),
            (3_600_000_000_000, "1h0m0s"), (-2_000_000_000, "-2s"),
        ] as [(Int64, String)])
    func durations(nanoseconds: Int64, text: String) {
        #expect(GoDuration.text(nanoseconds: nanoseconds) == text)
    }

    @Test(
        arguments: [
            ("15s", .seconds(15)), ("1m30s", .seconds(90)), ("250ms", .milliseconds(250)), ("0", .zero),
            ("1.5h", .seconds(5400)), ("-3s", .seconds(-3)), ("15", nil), ("", nil), ("s", nil), ("5x", nil),
            ("--5s", nil),
        ] as [(String, Duration?)])
    func parsedDurations(text: String, duration: Duration?) {
        #expect(GoDuration.parse(text) == duration)
    }

    @Test(
        arguments: [
            (0, "0"), (123_456_789, "123456789n"), (5_000_000, "5m"), (1_500_000, "1500u"), (2_000_000_000, "2"),
        ] as [(UInt64, String)])
    func cpuQuantities(nanocores: UInt64, text: String) {
        #expect(ResourceUsage(cpuNanocores: nanocores, memoryBytes: 0).cpuQuantity == text)
    }

    @Test(
        arguments: [(0, "0"), (1025, "1025"), (126_418_944, "123456Ki"), (1 << 30, "1Gi"), (3 << 20, "3Mi")]
            as [(UInt64, String)])
    func memoryQuantities(bytes: UInt64, text: String) {
        #expect(ResourceUsage(cpuNanocores: 0, memoryBytes: bytes).memoryQuantity == text)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_767_225_599_999, "2025-12-31T23:59:59Z"), (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func moments(milliseconds: Int64, text: String) {
        #expect(UTCTime(millisecondsSinceEpoch: milliseconds).rfc3339 == text)
    }

    @Test func aLogLineIsKlogs() {
        let lines = Lines()
        let log = KlogLine { lines.append($0) }
        log.structured(
            .error, "Failed to scrape node", at: "scraper.go:140",
            ["err": .text("Get \"https://10.0.0.1:10250\": EOF"), "node": .text("a"), "count": .bare("3")])
        log.structured(.info, "detail", at: "scraper.go:1", level: 1)
        let line = lines.all.joined()
        #expect(line.wholeMatch(of: /E\d{4} \d\d:\d\d:\d\d\.\d{6}       1 .*\n/) != nil, "\(line)")
        #expect(
            line.hasSuffix(
                #"scraper.go:140] "Failed to scrape node" err="Get \"https://10.0.0.1:10250\": EOF" node="a" count=3"#
                    + "\n"))
        #expect(lines.all.count == 1)
    }
}
