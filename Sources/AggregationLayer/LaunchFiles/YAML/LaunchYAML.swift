// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import Yams

/// A YAML file with the place of every node in its bytes.
///
/// Anchors and aliases are refused: no launch file needs them, a few lines of them unfold into more than fits in memory,
/// and an edit of one place would change another.
struct LaunchYAML {
    let path: String
    let bytes: [UInt8]
    let lines: LineIndex
    /// Where lines begin for YAML, which ends them at U+0085, U+2028 and U+2029 too.
    private let starts: [Int]
    let documents: [Node]

    init(path: String, bytes: [UInt8]) throws(LaunchFileError) {
        self.path = path
        self.bytes = bytes
        lines = LineIndex(bytes)
        starts = Self.starts(bytes, lines)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw LaunchFileError("\(path) is not UTF-8 text", hint: "file \(ShellWord.quoted(path))")
        }
        if let line = Self.lineThatUnfolds(bytes, lines) { throw Self.unfolds(path, line) }
        do {
            // A byte order mark is no text; places count it again.
            var nodes = try Yams.compose_all(yaml: String(text.trimmingPrefix("\u{FEFF}")))
            var documents: [Node] = []
            while let node = nodes.next() { documents.append(node) }
            if let error = nodes.error { throw error }
            self.documents = documents
        } catch {
            throw LaunchFileError("\(path)\(Self.reason(error))")
        }
        // An anchor stands before its aliases, so that this walk ends before it unfolds anything.
        for document in documents {
            if let node = Self.anchored(in: document) { throw Self.unfolds(path, place(node).line) }
        }
    }

    private static func unfolds(_ path: String, _ line: Int) -> LaunchFileError {
        LaunchFileError(
            "\(path):\(line): YAML anchors, aliases and explicit keys (& * ?) are not read in a launch file",
            hint: "write the value out where the alias stands")
    }

    /// The first node in the text that has an anchor.
    private static func anchored(in node: Node) -> Node? {
        switch node {
        case .scalar(let scalar): scalar.anchor == nil ? nil : node
        case .sequence(let items): items.anchor == nil ? items.lazy.compactMap(anchored).first : node
        case .mapping(let entries):
            entries.anchor == nil ? entries.lazy.flatMap { [$0.key, $0.value] }.compactMap(anchored).first : node
        case .alias: node
        }
    }

    private static func starts(_ bytes: [UInt8], _ lines: LineIndex) -> [Int] {
        var rare: [Int] = []
        for (offset, byte) in bytes.enumerated() where byte >= 0x80 {
            if byte == 0xC2, bytes[offset...].starts(with: [0xC2, 0x85]) { rare.append(offset + 2) }
            if byte == 0xE2,
                bytes[offset...].starts(with: [0xE2, 0x80, 0xA8])
                    || bytes[offset...].starts(with: [0xE2, 0x80, 0xA9])
            {
                rare.append(offset + 3)
            }
        }
        return rare.isEmpty ? lines.starts : (lines.starts + rare).sorted()
    }

    func place(_ node: Node) -> LaunchPlace {
        lines.place(of: offset(node.mark), in: path)
    }

    /// The byte at which a node begins.
    func offset(_ mark: Mark?) -> Int {
        guard let mark, mark.line >= 1, mark.line <= starts.count else { return 0 }
        var offset = starts[mark.line - 1]
        if mark.line == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset += 3 }
        var characters = mark.column - 1
        while characters > 0, offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            characters -= 1
        }
        return offset
    }

    /// The bytes of a scalar with its quotes; nil for block scalars, tags and text that goes over several lines.
    func range(_ node: Node) -> Range<Int>? {
        guard case .scalar(let scalar) = node else { return nil }
        let start = offset(scalar.mark)
        guard start < bytes.count else { return nil }
        let quote = bytes[start]
        switch scalar.style {
        case .doubleQuoted, .singleQuoted:
            guard quote == (scalar.style == .doubleQuoted ? UInt8(ascii: "\"") : UInt8(ascii: "'")) else { return nil }
            var index = start + 1
            while index < bytes.count, bytes[index] != 0x0A {
                if quote == UInt8(ascii: "\""), bytes[index] == UInt8(ascii: "\\") {
                    index += 2
                } else if bytes[index] == quote {
                    if quote == UInt8(ascii: "'"), index + 1 < bytes.count, bytes[index + 1] == quote {
                        index += 2
                    } else {
                        return start..<index + 1
                    }
                } else {
                    index += 1
                }
            }
            return nil
        case .literal, .folded: return nil
        default:
            let text = Array(scalar.string.utf8)
            let isThere = !text.isEmpty && bytes[start...].starts(with: text)
            return isThere ? start..<start + text.count : nil
        }
    }

    func source(_ node: Node) -> String {
        if let range = range(node) { return String(decoding: bytes[range], as: UTF8.self) }
        return node.scalar?.string ?? ""
    }

    // MARK: Hostile texts

    /// The first line with an anchor, an alias or an explicit key in it, by a look at the text alone: before a parser
    /// unfolds it. Comments are passed over.
    private static func lineThatUnfolds(_ bytes: [UInt8], _ lines: LineIndex) -> Int? {
        for (number, start) in lines.starts.enumerated() {
            let end = number + 1 < lines.starts.count ? lines.starts[number + 1] : bytes.count
            var opens = true
            var quote: UInt8?
            for index in start..<end {
                let byte = bytes[index]
                if let open = quote {
                    if byte == open { quote = nil }
                    opens = byte == open
                    continue
                }
                let next = index + 1 < end ? bytes[index + 1] : 0x0A
                if opens {
                    if byte == UInt8(ascii: "#") { break }
                    if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*"), isNameByte(next) { return number + 1 }
                    if byte == UInt8(ascii: "?"), next.isBlank { return number + 1 }
                    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                        quote = byte
                        continue
                    }
                }
                let isIndicator = byte == UInt8(ascii: "-") || byte == UInt8(ascii: ":")
                // After a key in quotes nothing need stand between the colon and the value.
                let endsKey = byte == UInt8(ascii: ":") && index > start && "\"'".utf8.contains(bytes[index - 1])
                opens = endsKey || byte.isBlank || "[{,".utf8.contains(byte) || (opens && isIndicator && next.isBlank)
            }
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
            || byte == UInt8(ascii: "-") || byte >= 0x80
    }

    private static func reason(_ error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ":\(mark.line): not valid YAML: \(problem)"
        case .duplicatedKeysInMapping(let keys, let context):
            ":\(context.mark.line): not valid YAML: the key \(keys.first ?? "") is there twice"
        case .reader(let problem, _, _, _): " is not valid YAML: \(problem)"
        case .memory: " is not valid YAML: it takes too much memory"
        default: " is not valid YAML"
        }
    }
}

extension Node {
    /// The value of a key of a mapping.
    func value(_ key: String) -> Node? { mapping?.first { $0.key.scalar?.string == key }?.value }

    /// Text that YAML takes for text: not a number, a boolean or null.
    var plainText: String? {
        guard case .scalar(let scalar) = self, tag == Tag(.str) else { return nil }
        return scalar.string
    }

    /// Nothing, or a list or map with nothing in it.
    var isBlank: Bool { isNull || mapping?.isEmpty == true || sequence?.isEmpty == true }

    var isNull: Bool { scalar != nil && tag == Tag(.null) }
}
