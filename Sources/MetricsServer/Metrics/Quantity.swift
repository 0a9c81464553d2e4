// SPDX-License-Identifier: Apache-2.0

/// A Kubernetes quantity, such as `100m`, `1536Mi` or `123456789n`, exact to the billionth.
///
/// The value is held in billionths, as an `Int128`: that reaches to 1.7e29, beyond the largest suffix (`E`, 1e18) by
/// eleven digits. The rules are those of k8s.io/apimachinery's `resource.Quantity`; it differs where that one takes
/// `.`, `+` and `-` for zero, which are errors here, and in holding larger numbers, which are errors here too.
public struct Quantity: Sendable {
    /// The family of suffixes that a quantity was written with, and is written with again.
    public enum Notation: Sendable, Hashable { case decimal, binary, exponent }

    /// Billionths.
    let nanos: Int128
    /// How it was written.
    public let notation: Notation

    init(nanos: Int128, notation: Notation) {
        self.nanos = nanos
        self.notation = notation
    }

    /// Nothing, which takes on the notation of what is added to it.
    public static let zero = Quantity(nanos: 0, notation: .decimal)

    /// Thousandths, rounded away from zero: millicores, as `kubectl top` counts them.
    public var milli: Int64 { rounded(to: 1_000_000) }

    /// Whole units, rounded away from zero: bytes.
    public var value: Int64 { rounded(to: 1_000_000_000) }

    /// Whole MiB of a number of bytes; the rest is dropped, as `kubectl top` does.
    public var mebibytes: Int64 { value / (1 << 20) }

    private func rounded(to unit: Int128) -> Int64 {
        let (quotient, remainder) = nanos.quotientAndRemainder(dividingBy: unit)
        return Int64(clamping: quotient + remainder.signum())
    }

    /// The sum, or the largest or smallest quantity where it is beyond. Zero takes on the other's notation.
    public static func + (left: Quantity, right: Quantity) -> Quantity {
        let (sum, overflow) = left.nanos.addingReportingOverflow(right.nanos)
        return Quantity(
            nanos: overflow ? (left.nanos < 0 ? .min : .max) : sum,
            notation: left.nanos == 0 ? right.notation : left.notation)
    }
}

/// Quantities are compared by value: `1Gi` is `1073741824`.
extension Quantity: Comparable, Hashable {
    public static func == (left: Quantity, right: Quantity) -> Bool { left.nanos == right.nanos }
    public static func < (left: Quantity, right: Quantity) -> Bool { left.nanos < right.nanos }
    public func hash(into hasher: inout Hasher) { hasher.combine(nanos) }
}

extension Quantity: CustomStringConvertible {
    /// The canonical form: no fraction, and the largest suffix that loses nothing.
    public var description: String {
        guard nanos != 0 else { return "0" }
        if notation == .binary, let text = binaryText { return text }
        var mantissa = nanos
        var exponent = -9
        while mantissa % 1000 == 0 {
            mantissa /= 1000
            exponent += 3
        }
        return "\(mantissa)\(decimalSuffix(exponent))"
    }

    private func decimalSuffix(_ exponent: Int) -> String {
        if notation != .exponent, let suffix = Suffix.decimals.first(where: { $0.exponent == exponent }) {
            return suffix.text
        }
        return exponent == 0 ? "" : "e\(exponent)"
    }

    /// Nil for a fraction, and below 1Ki: those are written in decimals.
    private var binaryText: String? {
        let (whole, fraction) = nanos.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard fraction == 0, whole.magnitude >= 1024 else { return nil }
        var mantissa = whole
        var step = 0
        while mantissa % 1024 == 0, step < Suffix.binaries.count {
            mantissa /= 1024
            step += 1
        }
        return "\(mantissa)\(step == 0 ? "" : Suffix.binaries[step - 1].text)"
    }
}
