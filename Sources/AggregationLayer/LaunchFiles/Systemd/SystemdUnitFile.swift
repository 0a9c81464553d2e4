// SPDX-License-Identifier: Apache-2.0

/// One unit file or drop-in as systemd's parser sees it (src/shared/conf-parser.c): logical lines, comments between
/// continued lines passed over.
struct SystemdUnitFile: Sendable {
    struct Assignment: Sendable {
        let section: String
        let key: String
        let value: SourcedBytes
        /// Where the key stands.
        let offset: Int
    }

    /// A line that systemd ignores, such as the flags after a continuation that was cut short.
    struct Stray: Sendable {
        let text: String
        let offset: Int
    }

    let path: String
    let bytes: [UInt8]
    let lines: LineIndex
    private(set) var assignments: [Assignment] = []
    private(set) var strays: [Stray] = []

    init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        lines = LineIndex(bytes)
        var section = ""
        for line in Self.logicalLines(of: bytes) { take(line.trimmed(), in: &section) }
    }

    func place(_ offset: Int) -> LaunchPlace { lines.place(of: offset, in: path) }

    private mutating func take(_ line: SourcedBytes, in section: inout String) {
        guard let first = line.bytes.first else { return }
        if first == UInt8(ascii: "["), line.bytes.last == UInt8(ascii: "]") {
            section = String(decoding: line.bytes.dropFirst().dropLast(), as: UTF8.self)
            return
        }
        guard let equals = line.bytes.firstIndex(of: UInt8(ascii: "=")) else {
            strays.append(Stray(text: line.text, offset: line.offset(0)))
            return
        }
        let key = line.slice(0..<equals).trimmed().text
        // systemd reads such a line as a setting of that name, which it does not know, and goes on.
        if key.hasPrefix("-") { strays.append(Stray(text: line.text, offset: line.offset(0))) }
        assignments.append(
            Assignment(
                section: section, key: key, value: line.slice(equals + 1..<line.count).trimmed(),
                offset: line.offset(0)))
    }

    private static func logicalLines(of bytes: [UInt8]) -> [SourcedBytes] {
        var result: [SourcedBytes] = []
        var joined: SourcedBytes?
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        for range in physicalLines(of: bytes, from: hasMark ? 3 : 0) {
            let line = SourcedBytes(bytes[range])
            if let first = line.bytes.first(where: { !$0.isBlank }),
                first == UInt8(ascii: "#") || first == UInt8(ascii: ";")
            {
                continue
            }
            var whole = joined ?? SourcedBytes()
            // Else the lines so far would be copied for every one that follows.
            joined = nil
            whole.append(line)
            // A backslash that is itself escaped continues nothing.
            let isContinued = line.bytes.reduce(false) { escaped, byte in !escaped && byte == UInt8(ascii: "\\") }
            if isContinued {
                whole.setLast(to: UInt8(ascii: " "))
                joined = whole
            } else {
                result.append(whole)
            }
        }
        if let joined { result.append(joined) }
        return result
    }

    /// Lines without their ends, which are LF, CR, CRLF or NUL.
    static func physicalLines(of bytes: [UInt8], from start: Int = 0) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var lineStart = start
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x0A || byte == 0x0D || byte == 0 {
                result.append(lineStart..<index)
                if byte == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { index += 1 }
                lineStart = index + 1
            }
            index += 1
        }
        if lineStart < bytes.count { result.append(lineStart..<bytes.count) }
        return result
    }
}
