// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// Why a YAML text was not read.
public struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Why, with the line where there is one.
    public let description: String
    /// Whether it is YAML, but unfolds into more than is read.
    let isTooMuch: Bool

    init(description: String, isTooMuch: Bool = false) {
        self.description = description
        self.isTooMuch = isTooMuch
    }
}

extension JSONValue {
    /// The documents of a YAML text, as Go's library for YAML reads them, which kubectl and kubelet use.
    ///
    /// - Throws: for what is not YAML, for keys that are not text, and for aliases that unfold into more than a
    ///   million values: a few lines of those would fill the memory.
    public static func documents(yaml: String) throws(YAMLError) -> [JSONValue] {
        try YAMLReader.documents(yaml, atMost: .max)
    }
}

extension JSONValue {
    /// The value as a YAML document in block style: `apiVersion`, `kind`, `metadata` and `name` first, then by name.
    public func yaml() throws -> String {
        try Yams.serialize(node: node, width: -1, sortKeys: false)
    }

    private static let first = ["apiVersion", "kind", "metadata", "name", "namespace"]

    private var node: Node {
        switch self {
        case .null: Node("null", Tag(.null))
        case .bool(let value): Node(value ? "true" : "false", Tag(.bool))
        case .int(let value): Node(String(value), Tag(.int))
        case .double(let value): Node(String(value), Tag(.float))
        case .string(let value):
            // What would be read back as something else is quoted.
            Node(
                value, Tag(.str),
                Node(value).tag == Tag(.str) && GoYAMLScalar.plain(value) == .string(value) ? .any : .doubleQuoted)
        case .array(let items): Node(items.map(\.node), Tag(.seq))
        case .object(let members):
            Node(
                members.sorted { Self.rank($0.key) < Self.rank($1.key) }.map {
                    (JSONValue.string($0.key).node, $0.value.node)
                },
                Tag(.map))
        }
    }

    private static func rank(_ key: String) -> (Int, String) {
        (first.firstIndex(of: key) ?? first.count, key)
    }
}
