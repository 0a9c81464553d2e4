// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A duration as kubectl takes it: `90s`, `2m`, `1h30m`, `500ms`, or a whole number of seconds.
struct DurationArgument: ExpressibleByArgument {
    let duration: Duration

    init(duration: Duration) { self.duration = duration }

    init?(argument: String) {
        if let seconds = Int64(argument), seconds >= 0, seconds <= Self.longest {
            duration = .seconds(seconds)
            return
        }
        var rest = Substring(argument)
        var total = Duration.zero
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let amount = Int64(digits), amount <= Self.longest else { return nil }
            switch unit {
            case "h": total += .seconds(amount) * 3600
            case "m": total += .seconds(amount) * 60
            case "s": total += .seconds(amount)
            case "ms": total += .milliseconds(amount)
            default: return nil
            }
            guard total <= .seconds(Self.longest) else { return nil }
        }
        duration = total
    }

    /// About ten years, in seconds: longer is a typing error.
    private static let longest: Int64 = 315_360_000

    var defaultValueDescription: String { duration.short }
}

extension Duration {
    /// `850ms`, `4.2s`, `1m 20s`.
    var short: String {
        let (seconds, attoseconds) = components
        if seconds >= 60 {
            return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds / 60)m \(seconds % 60)s"
        }
        let tenths = attoseconds / 100_000_000_000_000_000
        if seconds == 0, attoseconds > 0 { return "\(attoseconds / 1_000_000_000_000_000)ms" }
        return tenths == 0 ? "\(seconds)s" : "\(seconds).\(tenths)s"
    }
}
