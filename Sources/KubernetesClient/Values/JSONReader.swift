// SPDX-License-Identifier: Apache-2.0

/// Reads JSON (RFC 8259) straight into `JSONValue`, some thirty times as fast as through `Decodable`, which has to try
/// every kind for every value. What it does not take is an error; it guesses nothing.
///
/// Small values take many times their text in memory: a text that would take too much is not read to its end.
struct JSONReader: ~Copyable {
    /// Where the text is wrong, never what stands there: that may be a token.
    struct Malformed: Error, CustomStringConvertible {
        /// From 1, in lines and in bytes.
        let line: Int
        let column: Int
        /// Whether it only holds more than is read.
        var isTooMuch = false

        var description: String {
            "line \(line), column \(column): " + (isTooMuch ? "it holds too many values" : "it is not JSON")
        }
    }

    private let bytes: [UInt8]
    private var place = 0

    /// As many as JSONDecoder takes.
    private static let deepest = 512

    private let ignored: Set<String>
    /// How much memory the values may still take, estimated.
    private var budget: Int

    /// In bytes: for any text, and for each of its bytes, where pods and their metrics take about five.
    private static let least = 16 << 20
    private static let perByte = 12
    private static let most = 512 << 20

    /// What values take on 64-bit machines, in bytes, with the room that a growing array or dictionary reserves.
    private enum Cost {
        static let item = 48
        static let object = 128
        static let member = 80
        /// Text of up to 15 bytes is kept in the value itself.
        static let longText = 32
        static let longestInPlace = 15
    }

    private init(_ bytes: [UInt8], _ ignored: Set<String>) {
        self.bytes = bytes
        self.ignored = ignored
        budget = min(Self.most, Self.least + Self.perByte * bytes.count)
    }

    private func failed(isTooMuch: Bool = false) -> Malformed {
        let before = bytes.prefix(place)
        let line = before.count(where: { $0 == 0x0A })
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return Malformed(line: line + 1, column: place - start + 1, isTooMuch: isTooMuch)
    }

    private mutating func take(_ cost: Int) throws(Malformed) {
        budget -= cost
        guard budget >= 0 else { throw failed(isTooMuch: true) }
    }

    /// - Parameter ignored: members, at any depth, that are passed over.
    static func read(_ bytes: [UInt8], ignoring ignored: Set<String> = []) throws(Malformed) -> JSONValue {
        var reader = JSONReader(bytes, ignored)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.place == bytes.count else { throw reader.failed() }
        return value
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }

    private mutating func value(depth: Int) throws(Malformed) -> JSONValue {
        guard depth <= Self.deepest else { throw failed() }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(Malformed) -> JSONValue {
        for byte in text.description.utf8 {
            guard next == byte else { throw failed() }
            place += 1
        }
        return value
    }

    private mutating func object(depth: Int) throws(Malformed) -> JSONValue {
        place += 1
        try take(Cost.object)
        var members: [String: JSONValue] = [:]
        skipSpace()
        if next == UInt8(ascii: "}") {
            place += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failed() }
            let key = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw failed() }
            place += 1
            if !ignored.isEmpty, ignored.contains(key) {
                try pass()
            } else {
                try take(Cost.member)
                let member = try value(depth: depth + 1)
                // Which of two is meant nobody can tell.
                guard members.updateValue(member, forKey: key) == nil else { throw failed() }
            }
            if try ends(with: UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func array(depth: Int) throws(Malformed) -> JSONValue {
        place += 1
        var items: [JSONValue] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            place += 1
            return .array(items)
        }
        while true {
            try take(Cost.item)
            items.append(try value(depth: depth + 1))
            if try ends(with: UInt8(ascii: "]")) { return .array(items) }
        }
    }

    /// Passes the comma, or the end.
    private mutating func ends(with end: UInt8) throws(Malformed) -> Bool {
        skipSpace()
        guard let byte = next, byte == end || byte == UInt8(ascii: ",") else { throw failed() }
        place += 1
        return byte == end
    }

    /// Passes over a value, up to where it ends, without a look at what is in it.
    private mutating func pass() throws(Malformed) {
        skipSpace()
        var depth = 0
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                try passString()
                if depth == 0 { return }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
                if depth == 0 {
                    place += 1
                    return
                }
            case UInt8(ascii: ",") where depth == 0: return
            default: break
            }
            place += 1
        }
        throw failed()
    }

    private mutating func passString() throws(Malformed) {
        place += 1
        while let byte = next {
            place += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return }
        }
        throw failed()
    }

    // MARK: Text

    private mutating func string() throws(Malformed) -> String {
        place += 1
        let start = place
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                defer { place += 1 }
                return try text(bytes[start..<place])
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case ..<0x20: throw failed()
            default: place += 1
            }
        }
        throw failed()
    }

    private mutating func text(_ slice: ArraySlice<UInt8>) throws(Malformed) -> String {
        if slice.count > Cost.longestInPlace { try take(Cost.longText + slice.count) }
        guard let text = String(validating: slice, as: UTF8.self) else { throw failed() }
        return text
    }

    private mutating func escapedString(from start: Int) throws(Malformed) -> String {
        var decoded = Array(bytes[start..<place])
        while let byte = next {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(decoded[...])
            case UInt8(ascii: "\\"): decoded += Array(String(try escape()).utf8)
            case ..<0x20: throw failed()
            default: decoded.append(byte)
            }
        }
        throw failed()
    }

    private mutating func escape() throws(Malformed) -> Unicode.Scalar {
        guard let byte = next else { throw failed() }
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw failed()
        }
        var code = try hexadecimal()
        if (0xD800..<0xDC00).contains(code) {
            guard next == UInt8(ascii: "\\") else { throw failed() }
            place += 1
            guard next == UInt8(ascii: "u") else { throw failed() }
            place += 1
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low) else { throw failed() }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failed() }
        return scalar
    }

    private mutating func hexadecimal() throws(Malformed) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }), next ?? 0x80 < 0x80 else {
                throw failed()
            }
            code = code << 4 + UInt32(digit)
            place += 1
        }
        return code
    }

    // MARK: Numbers

    private mutating func number() throws(Malformed) -> JSONValue {
        let start = place
        if next == UInt8(ascii: "-") { place += 1 }
        let digits = place
        skipDigits()
        guard place > digits, bytes[digits] != UInt8(ascii: "0") || place == digits + 1 else { throw failed() }
        var isWhole = true
        if next == UInt8(ascii: ".") {
            isWhole = false
            place += 1
            let fraction = place
            skipDigits()
            guard place > fraction else { throw failed() }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isWhole = false
            place += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { place += 1 }
            let exponent = place
            skipDigits()
            guard place > exponent else { throw failed() }
        }
        let written = try text(bytes[start..<place])
        if isWhole, let whole = Int64(written) { return .int(whole) }
        guard let value = Double(written), value.isFinite else { throw failed() }
        return Int64(exactly: value).map { .int($0) } ?? .double(value)
    }

    private mutating func skipDigits() {
        while place < bytes.count, (0x30...0x39).contains(bytes[place]) { place += 1 }
    }
}
