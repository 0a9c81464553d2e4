// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// A duration as Go writes it: `15.012s`, `1m0s`, `1h0m0.5s`, `300ms`; nil for anything else.
    ///
    /// Digits beyond the billionth of a second are dropped, as Go drops them.
    init?(goText text: String) {
        var rest = Substring(text)
        var sign: Int64 = 1
        if let first = rest.first, first == "-" || first == "+" {
            sign = first == "-" ? -1 : 1
            rest.removeFirst()
        }
        guard !rest.isEmpty else { return nil }
        guard rest != "0" else {
            self = .zero
            return
        }
        var nanos: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(unit.count)
            guard let length = Self.units[String(unit)], let part = Self.nanos(number, times: length) else {
                return nil
            }
            let (sum, overflow) = nanos.addingReportingOverflow(part)
            guard !overflow else { return nil }
            nanos = sum
        }
        self = .nanoseconds(sign * nanos)
    }

    private static let units: [String: Int64] = [
        "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]

    private static func nanos(_ number: Substring, times unit: Int64) -> Int64? {
        let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !(whole.isEmpty && (parts.count == 1 || parts[1].isEmpty)) else { return nil }
        guard let units = whole.isEmpty ? 0 : Int64(whole) else { return nil }
        let (product, overflow) = units.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        guard parts.count == 2, !parts[1].isEmpty else { return product }
        var fraction: Int64 = 0
        var share = unit
        for digit in parts[1] {
            guard let value = digit.wholeNumberValue else { return nil }
            share /= 10
            fraction += Int64(value) * share
        }
        return product.addingReportingOverflow(fraction).overflow ? nil : product + fraction
    }
}
