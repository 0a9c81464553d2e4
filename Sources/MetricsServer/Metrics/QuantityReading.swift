// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// Why a text is no quantity.
public struct QuantityError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the text.
    public enum Reason: String, Sendable {
        case notANumber = "it does not begin with a number"
        case unknownSuffix = "its suffix is none of n u m k M G T P E Ki Mi Gi Ti Pi Ei, nor an exponent"
        case tooLarge = "it is too large, or has too many digits"
    }

    /// The text, as it was given.
    public let text: String
    /// What is wrong with it.
    public let reason: Reason

    public var description: String {
        "\"\(String(text.prefix(80)).singleLine)\" is not a quantity: \(reason.rawValue)"
    }
}

/// A suffix and the power of its base: ten for decimals, two for binaries.
struct Suffix {
    let text: String
    let exponent: Int

    static let decimals = [
        Suffix(text: "n", exponent: -9), Suffix(text: "u", exponent: -6), Suffix(text: "m", exponent: -3),
        Suffix(text: "", exponent: 0), Suffix(text: "k", exponent: 3), Suffix(text: "M", exponent: 6),
        Suffix(text: "G", exponent: 9), Suffix(text: "T", exponent: 12), Suffix(text: "P", exponent: 15),
        Suffix(text: "E", exponent: 18),
    ]

    static let binaries = [
        Suffix(text: "Ki", exponent: 10), Suffix(text: "Mi", exponent: 20), Suffix(text: "Gi", exponent: 30),
        Suffix(text: "Ti", exponent: 40), Suffix(text: "Pi", exponent: 50), Suffix(text: "Ei", exponent: 60),
    ]
}

extension Quantity {
    /// - Throws: for what is no quantity, and for one that does not fit.
    public init(reading text: String) throws(QuantityError) {
        let number = try Self.number(text)
        let (base, exponent, notation) = try Self.scale(of: number.suffix, in: text)
        var scaled: Int128? = base == 2 ? number.digits.times(Int128(1) << exponent) : number.digits
        let power = (base == 2 ? 0 : exponent) - number.fractionDigits + 9
        if number.digits != 0 { scaled = scaled.flatMap { $0.timesTen(toThe: power) } }
        // apimachinery caps binary quantities, and only these, at the largest Int64.
        let largest = Int128(Int64.max) * 1_000_000_000
        if notation == .binary { scaled = min(scaled ?? largest, largest) }
        guard let nanos = scaled else { throw QuantityError(text: text, reason: .tooLarge) }
        self.init(nanos: number.isNegative ? -nanos : nanos, notation: notation)
    }

    private struct Number {
        var isNegative = false
        var digits: Int128 = 0
        var fractionDigits = 0
        var suffix: Substring.UTF8View
    }

    private static func number(_ text: String) throws(QuantityError) -> Number {
        var rest = Substring(text).utf8
        var number = Number(suffix: rest)
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            number.isNegative = sign == UInt8(ascii: "-")
            rest.removeFirst()
        }
        var count = 0
        var pointSeen = false
        while let byte = rest.first {
            if byte == UInt8(ascii: "."), !pointSeen {
                pointSeen = true
            } else if (0x30...0x39).contains(byte) {
                count += 1
                guard let shifted = number.digits.times(10), let digits = shifted.plus(Int128(byte - 0x30)) else {
                    throw QuantityError(text: text, reason: .tooLarge)
                }
                number.digits = digits
                if pointSeen { number.fractionDigits += 1 }
            } else {
                break
            }
            rest.removeFirst()
        }
        guard count > 0 else { throw QuantityError(text: text, reason: .notANumber) }
        number.suffix = rest
        return number
    }

    private static func scale(
        of suffix: Substring.UTF8View, in text: String
    ) throws(QuantityError) -> (base: Int, exponent: Int, Notation) {
        for known in Suffix.decimals where known.text.utf8.elementsEqual(suffix) {
            return (10, known.exponent, .decimal)
        }
        for known in Suffix.binaries where known.text.utf8.elementsEqual(suffix) { return (2, known.exponent, .binary) }
        guard let mark = suffix.first, mark | 0x20 == UInt8(ascii: "e") else {
            throw QuantityError(text: text, reason: .unknownSuffix)
        }
        var digits = suffix.dropFirst()
        var sign = 1
        if let first = digits.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            sign = first == UInt8(ascii: "-") ? -1 : 1
            digits = digits.dropFirst()
        }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw QuantityError(text: text, reason: .unknownSuffix)
        }
        // Beyond a thousand it no longer matters: too large, or the smallest there is.
        let exponent = digits.reduce(0) { min(1000, $0 * 10 + Int($1 - 0x30)) }
        return (10, sign * exponent, .exponent)
    }
}

extension Int128 {
    fileprivate func times(_ factor: Int128) -> Int128? {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    fileprivate func plus(_ other: Int128) -> Int128? {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? nil : sum
    }

    /// Of a number that is not negative; what a negative power leaves over is rounded up, so that nothing but zero
    /// becomes zero.
    fileprivate func timesTen(toThe power: Int) -> Int128? {
        var result = self
        var isRounded = false
        for _ in 0..<power.magnitude {
            if power > 0 {
                guard let product = result.times(10) else { return nil }
                result = product
            } else {
                let (quotient, remainder) = result.quotientAndRemainder(dividingBy: 10)
                isRounded = isRounded || remainder != 0
                result = quotient
                if result == 0 { break }
            }
        }
        return isRounded ? result + 1 : result
    }
}

extension Quantity {
    /// nil for what is no quantity, and for one that does not fit.
    public init?(_ text: String) {
        guard let quantity = try? Quantity(reading: text) else { return nil }
        self = quantity
    }

    /// Of a text, or of a whole number, which the API takes as well; nil for what is no quantity.
    public init?(_ value: JSONValue) {
        guard let text = value.string ?? value.int.map(String.init) else { return nil }
        self.init(text)
    }
}
