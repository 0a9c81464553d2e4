// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// How long something still lasts, in words: `12 days`, `5 hours`, `ended 3 days ago`.
public struct Residual: Sendable, CustomStringConvertible {
    /// Negative after the end.
    public let seconds: TimeInterval

    public init(_ end: Date, at now: Date) { seconds = end.timeIntervalSince(now) }

    public var description: String {
        let span = abs(seconds)
        let (count, unit) =
            span >= 2 * 86400
            ? (Int(span / 86400), "day") : span >= 3600 ? (Int(span / 3600), "hour") : (Int(span / 60), "minute")
        let words = "\(count) \(unit)\(count == 1 ? "" : "s")"
        return seconds < 0 ? "ended \(words) ago" : words
    }
}
