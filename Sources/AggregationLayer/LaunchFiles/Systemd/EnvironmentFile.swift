// SPDX-License-Identifier: Apache-2.0

/// A file of `NAME=value` lines, read as systemd reads EnvironmentFile= (src/basic/env-file.c).
struct EnvironmentFile: Sendable {
    struct Entry: Sendable {
        let name: String
        let value: SourcedBytes
        let offset: Int
    }

    let path: String
    let bytes: [UInt8]
    let lines: LineIndex
    private(set) var entries: [Entry] = []

    init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        lines = LineIndex(bytes)
        var index = 0
        while index < bytes.count { readLine(&index) }
    }

    func place(_ offset: Int) -> LaunchPlace { lines.place(of: offset, in: path) }

    private mutating func readLine(_ index: inout Int) {
        while index < bytes.count, bytes[index].isBlank { index += 1 }
        guard index < bytes.count else { return }
        if bytes[index] == UInt8(ascii: "#") || bytes[index] == UInt8(ascii: ";") {
            skipLine(&index)
            return
        }
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "="), !Self.endsLine(bytes[index]) { index += 1 }
        guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else { return }
        var name = String(decoding: bytes[start..<index], as: UTF8.self)
        while name.last?.isWhitespace == true { name.removeLast() }
        index += 1
        let value = readValue(&index)
        guard Self.isName(name) else { return }
        entries.append(Entry(name: name, value: value, offset: start))
    }

    private func readValue(_ index: inout Int) -> SourcedBytes {
        var value = SourcedBytes()
        var trailingBlanks = 0
        // Quotes open at the value's start and right after a closing quote; inside plain text they are themselves.
        var mayOpenQuote = true
        while index < bytes.count, !Self.endsLine(bytes[index]) {
            let byte = bytes[index]
            let isBlank = byte == 0x20 || byte == 0x09
            if mayOpenQuote, byte == UInt8(ascii: "'") {
                readSingleQuoted(&index, into: &value)
            } else if mayOpenQuote, byte == UInt8(ascii: "\"") {
                readDoubleQuoted(&index, into: &value)
            } else if mayOpenQuote, isBlank {
                index += 1
            } else if byte == UInt8(ascii: "\\"), index + 1 < bytes.count {
                mayOpenQuote = false
                trailingBlanks = 0
                index += 1
                if Self.endsLine(bytes[index]) {
                    skipEnd(&index)
                } else {
                    value.append(bytes[index], at: index)
                    index += 1
                }
            } else {
                mayOpenQuote = false
                value.append(byte, at: index)
                trailingBlanks = isBlank ? trailingBlanks + 1 : 0
                index += 1
            }
        }
        value.removeLast(trailingBlanks)
        return value
    }

    private func readSingleQuoted(_ index: inout Int, into value: inout SourcedBytes) {
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "'") {
            value.append(bytes[index], at: index)
            index += 1
        }
        index += 1
    }

    private func readDoubleQuoted(_ index: inout Int, into value: inout SourcedBytes) {
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                value.append(bytes[index], at: index)
                index += 1
                continue
            }
            index += 1
            if Self.endsLine(bytes[index]) {
                skipEnd(&index)
            } else {
                // As a shell: only these lose their backslash.
                if !"\"\\`$".utf8.contains(bytes[index]) { value.append(UInt8(ascii: "\\"), at: index - 1) }
                value.append(bytes[index], at: index)
                index += 1
            }
        }
        index += 1
    }

    private func skipLine(_ index: inout Int) {
        while index < bytes.count, !Self.endsLine(bytes[index]) {
            // A comment that ends in a backslash goes on too.
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count { index += 1 }
            index += 1
        }
    }

    private func skipEnd(_ index: inout Int) {
        if bytes[index] == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { index += 1 }
        index += 1
    }

    private static func endsLine(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
        }
    }
}
