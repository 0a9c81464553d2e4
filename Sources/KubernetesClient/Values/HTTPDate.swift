// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

extension Date {
    private static let months = [
        "Jan": "01", "Feb": "02", "Mar": "03", "Apr": "04", "May": "05", "Jun": "06", "Jul": "07", "Aug": "08",
        "Sep": "09", "Oct": "10", "Nov": "11", "Dec": "12",
    ]

    /// A time as an HTTP header has it: `Tue, 01 Dec 2026 04:12:54 GMT` (RFC 9110, section 5.6.7); nil for the two
    /// older forms, which no Go server writes.
    init?(httpDate text: String) {
        guard let match = text.wholeMatch(of: /\w{3}, (\d\d) (\w{3}) (\d{4}) (\d\d:\d\d:\d\d) GMT/),
            let month = Self.months[String(match.output.2)],
            let date = try? Date(
                "\(match.output.3)-\(month)-\(match.output.1)T\(match.output.4)Z", strategy: .iso8601)
        else { return nil }
        self = date
    }
}
