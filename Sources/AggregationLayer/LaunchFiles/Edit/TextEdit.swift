// SPDX-License-Identifier: Apache-2.0

/// Replacements in bytes; whatever lies outside of them stays as it is.
struct TextEdit {
    private var changes: [(range: Range<Int>, order: Int, text: [UInt8])] = []

    var isEmpty: Bool { changes.isEmpty }

    mutating func replace(_ range: Range<Int>, with text: String) {
        changes.append((range, changes.count, Array(text.utf8)))
    }

    mutating func insert(_ text: String, at offset: Int) { replace(offset..<offset, with: text) }

    /// Insertions at one place keep the order in which they were asked for.
    func applied(to bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var position = 0
        for change in changes.sorted(by: { ($0.range.lowerBound, $0.order) < ($1.range.lowerBound, $1.order) }) {
            result += bytes[position..<max(position, change.range.lowerBound)]
            result += change.text
            position = max(position, change.range.upperBound)
        }
        return result + bytes[position...]
    }
}

/// The lines around an edit.
struct EditedLines {
    let bytes: [UInt8]
    let index: LineIndex

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        index = LineIndex(bytes)
    }

    /// The file's line end, as its first line has it.
    var lineEnd: String {
        guard let end = bytes.firstIndex(of: 0x0A) else { return "\n" }
        return end > 0 && bytes[end - 1] == 0x0D ? "\r\n" : "\n"
    }

    func start(of offset: Int) -> Int { index.starts[index.line(of: offset)] }

    /// The start of the line of `offset`, or of the comments right above it.
    func startWithComments(of offset: Int) -> Int {
        var line = index.line(of: offset)
        while line > 0 {
            let above = bytes[index.starts[line - 1]..<index.starts[line]]
            guard above.first(where: { !$0.isBlank }) == UInt8(ascii: "#") else { break }
            line -= 1
        }
        return index.starts[line]
    }

    /// Where the next line begins, or the file's end.
    func next(after offset: Int) -> Int {
        let line = index.line(of: offset) + 1
        return line < index.starts.count ? index.starts[line] : bytes.count
    }

    /// What stands before `offset` on its line.
    func prefix(of offset: Int) -> String { String(decoding: bytes[start(of: offset)..<offset], as: UTF8.self) }

    /// A line end where the file's last line has none, for what is added after it.
    func missingEnd(at offset: Int) -> String {
        offset == bytes.count && bytes.last != 0x0A && !bytes.isEmpty ? lineEnd : ""
    }
}
