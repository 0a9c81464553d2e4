// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The value of a YAML scalar by the rules of Go's library (go.yaml.in/yaml/v2, resolve.go), which kubectl and kubelet use.
///
/// They differ from YAML 1.2: `y` and `on` are true, `010` and `0x1F` are numbers, and so is `1_000`.
enum GoYAMLScalar {
    /// - Parameters:
    ///   - text: as it stands without quotes.
    ///   - tag: its explicit tag; nil where it has none.
    /// - Throws: where the tag says another kind of value.
    static func value(_ text: String, tag: String?) throws(YAMLError) -> JSONValue {
        guard let tag else { return plain(text) }
        guard tag.hasPrefix(core) else { return .string(text) }
        let resolved = plain(text)
        switch (tag.dropFirst(core.count), resolved) {
        case ("str", _), ("timestamp", .string): return .string(text)
        case ("binary", _):
            guard let bytes = StrictBase64.bytes(text), let decoded = String(validating: bytes, as: UTF8.self) else {
                throw YAMLError(description: "a !!binary value is not base64 of a text")
            }
            return .string(decoded)
        case ("null", .null), ("bool", .bool), ("int", .int), ("float", .int), ("float", .double): return resolved
        case ("null", _), ("bool", _), ("int", _), ("float", _):
            throw YAMLError(description: "a value does not have the type that its tag says")
        default: return .string(text)
        }
    }

    private static let core = "tag:yaml.org,2002:"

    /// The value of a scalar without quotes and without a tag.
    static func plain(_ text: String) -> JSONValue {
        if let word = words[text] { return word }
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            let digits = text.replacing("_", with: "")
            return whole(digits) ?? fraction(digits) ?? .string(text)
        case UInt8(ascii: "."): return fraction(text) ?? .string(text)
        default: return .string(text)
        }
    }

    private static let words: [String: JSONValue] = {
        var words: [String: JSONValue] = ["": .null, "~": .null, "null": .null, "Null": .null, "NULL": .null]
        for word in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] { words[word] = true }
        for word in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            words[word] = false
        }
        for word in [".nan", ".NaN", ".NAN"] { words[word] = .double(.nan) }
        for word in [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"] { words[word] = .double(.infinity) }
        for word in ["-.inf", "-.Inf", "-.INF"] { words[word] = .double(-.infinity) }
        return words
    }()

    /// A whole number with Go's prefixes (strconv.ParseInt, base 0).
    private static func whole(_ text: String) -> JSONValue? {
        let isNegative = text.hasPrefix("-")
        let digits = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let prefixes = [("0x", 16), ("0X", 16), ("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8), ("0", 8)]
        let prefix = digits.count > 1 ? prefixes.first { digits.hasPrefix($0.0) } : nil
        let rest = digits.dropFirst(prefix?.0.count ?? 0)
        guard rest.first.map({ $0 != "+" && $0 != "-" }) == true, let size = UInt64(rest, radix: prefix?.1 ?? 10) else {
            return nil
        }
        if let small = Int64(exactly: size) { return .int(isNegative ? -small : small) }
        return .double(isNegative ? -Double(size) : Double(size))
    }

    private static func fraction(_ text: String) -> JSONValue? {
        guard text.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil else { return nil }
        // Swift reads no `1.` and no `.5`.
        let filled = text.replacing(/^([-+]?)\./) { "\($0.output.1)0." }.replacing(/\.(?=[eE]|$)/) { _ in "" }
        return Double(filled).map { .double($0) }
    }
}
