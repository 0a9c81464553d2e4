// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// The first document of a YAML file; nil where it has none. Nothing behind it counts, as with kubectl.
    ///
    /// - Throws: for what is not YAML, and for bytes that are no text.
    static func document(yaml bytes: [UInt8]) throws(YAMLError) -> JSONValue? {
        try YAMLReader.documents(try text(bytes), atMost: 1).first
    }

    /// UTF-8, or UTF-16 with a byte order mark, as Windows' shells write it.
    private static func text(_ bytes: [UInt8]) throws(YAMLError) -> String {
        switch bytes.prefix(2) {
        case [0xFF, 0xFE]: return try utf16(bytes) { UInt16($0) | UInt16($1) << 8 }
        case [0xFE, 0xFF]: return try utf16(bytes) { UInt16($1) | UInt16($0) << 8 }
        default: break
        }
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        if let text = String(validating: body, as: UTF8.self) { return text }
        var parser = Unicode.UTF8.ForwardParser()
        var rest = body.makeIterator()
        var (line, column) = (1, 1)
        while case .valid(let scalar) = parser.parseScalar(from: &rest) {
            (line, column) = Array(scalar) == [UInt8(ascii: "\n")] ? (line + 1, 1) : (line, column + 1)
        }
        throw YAMLError(description: "line \(line), column \(column): a byte that is not UTF-8")
    }

    private static func utf16(_ bytes: [UInt8], _ unit: (UInt8, UInt8) -> UInt16) throws(YAMLError) -> String {
        let units = stride(from: 2, to: bytes.count - 1, by: 2).map { unit(bytes[$0], bytes[$0 + 1]) }
        guard bytes.count.isMultiple(of: 2), let text = String(validating: units, as: UTF16.self) else {
            throw YAMLError(description: "its UTF-16 is broken")
        }
        return text
    }
}
