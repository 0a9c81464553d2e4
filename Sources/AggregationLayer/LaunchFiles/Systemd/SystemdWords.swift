// SPDX-License-Identifier: Apache-2.0

/// A word of a systemd value, after quotes and escapes.
struct SystemdWord: Sendable {
    var bytes: [UInt8]
    /// What it occupies in the value, quotes and all.
    let range: Range<Int>

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Splits values into words as systemd does (src/basic/extract-word.c, src/basic/escape.c): quotes may stand anywhere in
/// a word, escapes work inside both kinds of quotes, and an escape that means nothing stays as it is.
struct SystemdWords {
    struct Unbalanced: Error {}

    let value: SourcedBytes
    private let isRelaxed: Bool
    private(set) var position = 0

    /// - Parameter isRelaxed: as a variable's value is split: a backslash stands before a plain byte, and an open quote
    ///   ends at the end (replace_env_argv: EXTRACT_RELAX | EXTRACT_UNQUOTE).
    init(_ value: SourcedBytes, isRelaxed: Bool = false) {
        self.value = value
        self.isRelaxed = isRelaxed
        skipBlanks()
    }

    private var bytes: [UInt8] { value.bytes }
    var isAtEnd: Bool { position >= bytes.count }

    /// Passes over a `;` that stands alone: the end of one command of several.
    mutating func skipCommandEnd() -> Bool {
        guard isAlone(UInt8(ascii: ";"), at: position) else { return false }
        position += 1
        skipBlanks()
        return true
    }

    /// A `\;` that stands alone is the word `;`.
    mutating func escapedSemicolon() -> SystemdWord? {
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            isAlone(UInt8(ascii: ";"), at: position + 1)
        else {
            return nil
        }
        let word = SystemdWord(bytes: [UInt8(ascii: ";")], range: position..<position + 2)
        position += 2
        skipBlanks()
        return word
    }

    /// The next word; nil at the end.
    mutating func next() throws(Unbalanced) -> SystemdWord? {
        guard !isAtEnd else { return nil }
        let start = position
        var word: [UInt8] = []
        var quote: UInt8?
        while !isAtEnd {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\\") {
                position += 1
                if !isRelaxed {
                    word += unescape()
                } else if !isAtEnd {
                    word.append(bytes[position])
                    position += 1
                }
            } else if let open = quote {
                position += 1
                if byte == open { quote = nil } else { word.append(byte) }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
                position += 1
            } else if byte.isBlank {
                break
            } else {
                word.append(byte)
                position += 1
            }
        }
        guard quote == nil || isRelaxed else { throw Unbalanced() }
        let end = position
        skipBlanks()
        return SystemdWord(bytes: word, range: start..<end)
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13,
        UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11,
        UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "\""): UInt8(ascii: "\""),
        UInt8(ascii: "'"): UInt8(ascii: "'"), UInt8(ascii: "s"): UInt8(ascii: " "),
    ]

    /// What the escape at `position`, after its backslash, stands for.
    private mutating func unescape() -> [UInt8] {
        guard !isAtEnd else { return [UInt8(ascii: "\\")] }
        let byte = bytes[position]
        if let plain = Self.escapes[byte] {
            position += 1
            return [plain]
        }
        func number(_ skip: Int, _ digits: Int, _ radix: Int) -> UInt32? {
            let part = bytes.dropFirst(position + skip).prefix(digits)
            guard part.count == digits, let value = UInt32(String(decoding: part, as: UTF8.self), radix: radix) else {
                return nil
            }
            return value == 0 ? nil : value
        }
        switch byte {
        case UInt8(ascii: "x"):
            if let value = number(1, 2, 16) { return take(3, [UInt8(truncatingIfNeeded: value)]) }
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let digits = byte == UInt8(ascii: "u") ? 4 : 8
            if let scalar = number(1, digits, 16).flatMap(Unicode.Scalar.init) {
                return take(digits + 1, Array(String(scalar).utf8))
            }
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            if let value = number(0, 3, 8), value < 256 { return take(3, [UInt8(truncatingIfNeeded: value)]) }
        default: break
        }
        position += 1
        return [UInt8(ascii: "\\"), byte]
    }

    private mutating func take(_ count: Int, _ result: [UInt8]) -> [UInt8] {
        position += count
        return result
    }

    private func isAlone(_ byte: UInt8, at index: Int) -> Bool {
        index < bytes.count && bytes[index] == byte && (index + 1 == bytes.count || bytes[index + 1].isBlank)
    }

    private mutating func skipBlanks() {
        while !isAtEnd, bytes[position].isBlank { position += 1 }
    }
}
