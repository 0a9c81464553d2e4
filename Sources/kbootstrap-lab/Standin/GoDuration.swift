// SPDX-License-Identifier: Apache-2.0

/// Durations as Go reads and writes them: `15s`, `1m30s`, `250ms`, `1m0.5s`.
enum GoDuration {
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("ns", 1), ("us", 1000), ("µs", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    /// Nothing where Go would not parse `text` as a duration.
    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        let isNegative = text.hasPrefix("-")
        var rest = text.drop { $0 == "-" || $0 == "+" }
        guard !rest.isEmpty, text.count - rest.count <= 1 else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let name = rest.prefix { !($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(name.count)
            guard let value = Double(number), let unit = units.first(where: { $0.name == name }) else { return nil }
            total += value * Double(unit.nanoseconds)
        }
        guard total < 9.2e18 else { return nil }
        return .nanoseconds(isNegative ? -Int64(total) : Int64(total))
    }

    static func text(nanoseconds: Int64) -> String {
        if nanoseconds == 0 { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let magnitude = nanoseconds.magnitude
        switch magnitude {
        case ..<1000: return "\(sign)\(magnitude)ns"
        case ..<1_000_000: return "\(sign)\(decimal(magnitude, over: 1000))µs"
        case ..<1_000_000_000: return "\(sign)\(decimal(magnitude, over: 1_000_000))ms"
        default: break
        }
        let minutes = magnitude / 60_000_000_000
        let seconds = decimal(magnitude % 60_000_000_000, over: 1_000_000_000)
        if minutes == 0 { return "\(sign)\(seconds)s" }
        if minutes < 60 { return "\(sign)\(minutes)m\(seconds)s" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)s"
    }

    static func text(_ duration: Duration) -> String { text(nanoseconds: duration.wholeNanoseconds) }

    private static func decimal(_ value: UInt64, over unit: UInt64) -> String {
        let fraction = value % unit
        guard fraction != 0 else { return String(value / unit) }
        var digits = Int(fraction).padded(String(unit).count - 1)
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(value / unit).\(digits)"
    }
}

extension Duration {
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
