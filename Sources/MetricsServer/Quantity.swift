// SPDX-License-Identifier: Apache-2.0

/// An amount as Kubernetes writes it (apimachinery, resource.Quantity): `250m`, `1536Ki`, `12345678n`, `1.5`, `2e3`.
public struct Quantity: Sendable, Hashable {
    /// In billionths: the finest that the API knows.
    private let nano: Int128

    private static let one: Int128 = 1_000_000_000

    private static let suffixes: [String: Int128] = [
        "n": 1, "u": 1_000, "m": 1_000_000, "": one, "k": one * 1_000, "M": one * 1_000_000, "G": one * one,
        "T": one * one * 1_000, "P": one * one * 1_000_000, "E": one * one * one,
        "Ki": one << 10, "Mi": one << 20, "Gi": one << 30, "Ti": one << 40, "Pi": one << 50, "Ei": one << 60,
    ]

    /// nil for what is no quantity, or one that is finer or larger than the API's.
    public init?(_ text: String) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        let whole = rest.prefix { $0.isASCII && $0.isNumber }
        rest.removeFirst(whole.count)
        var fraction = Substring()
        if rest.first == "." {
            rest.removeFirst()
            fraction = rest.prefix { $0.isASCII && $0.isNumber }
            rest.removeFirst(fraction.count)
        }
        guard whole.count + fraction.count > 0, whole.count <= 19, fraction.count <= 9,
            let digits = Int128(String(whole + fraction)), let unit = Self.unit(String(rest))
        else { return nil }
        let (product, overflow) = digits.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        let scaled = (0..<fraction.count).reduce(product) { value, _ in value / 10 }
        nano = isNegative ? -scaled : scaled
    }

    private static func unit(_ suffix: String) -> Int128? {
        if let unit = suffixes[suffix] { return unit }
        guard let letter = suffix.first, letter == "e" || letter == "E", let exponent = Int(suffix.dropFirst()),
            (-9...18).contains(exponent)
        else { return nil }
        return (0..<abs(exponent)).reduce(one) { unit, _ in exponent < 0 ? unit / 10 : unit * 10 }
    }

    /// In thousandths, rounded up, as `kubectl top` shows CPU.
    public var milli: Int64 {
        roundedUp(to: Self.one / 1_000)
    }

    /// In whole MiB, rounded down, as `kubectl top` shows memory.
    public var mebibytes: Int64 { Int64(clamping: nano / (Self.one << 20)) }

    /// In whole units, rounded up, as percentages are computed from.
    public var value: Int64 { roundedUp(to: Self.one) }

    private func roundedUp(to unit: Int128) -> Int64 {
        Int64(clamping: nano / unit + (nano % unit > 0 ? 1 : 0))
    }

    /// The sum; one that is too large to hold stays at the largest: servers' numbers never end the program.
    public static func + (left: Quantity, right: Quantity) -> Quantity {
        let (sum, overflow) = left.nano.addingReportingOverflow(right.nano)
        return Quantity(nano: overflow ? (left.nano > 0 ? .max : .min) : sum)
    }

    public static let zero = Quantity(nano: 0)

    private init(nano: Int128) { self.nano = nano }
}
