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
    /// The documents of a YAML text, by YAML's core schema.
    ///
    /// - Throws: for what is not YAML, for keys that are not text, and for aliases that unfold into more than a
    ///   million values: a few lines of those would fill the memory.
    public static func documents(yaml: String) throws(YAMLError) -> [JSONValue] {
        var documents: [JSONValue] = []
        var budget = 1_000_000
        do {
            // The sequence ends at the first error, and keeps it.
            var nodes = try Yams.compose_all(yaml: yaml)
            while let node = nodes.next() { documents.append(try JSONValue(node, depth: 0, budget: &budget)) }
            if let error = nodes.error { throw error }
        } catch let error as YAMLError {
            throw error
        } catch {
            throw YAMLError(description: "not valid YAML\(Self.place(of: error as? YamlError))")
        }
        return documents
    }

    /// Where it is wrong and why, never what stands there: that may be a token.
    private static func place(of error: YamlError?) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ": line \(mark.line), column \(mark.column): \(problem)"
        case .duplicatedKeysInMapping(_, let context):
            ": line \(context.mark.line), column \(context.mark.column): the mapping has a key twice"
        case .reader(let problem, let offset, _, _): ": \(problem)" + (offset.map { " at character \($0 + 1)" } ?? "")
        default: ""
        }
    }

    private init(_ node: Node, depth: Int, budget: inout Int) throws(YAMLError) {
        budget -= 1
        guard budget > 0 else {
            throw YAMLError(description: "its aliases unfold into too many values", isTooMuch: true)
        }
        guard depth < 100 else { throw YAMLError(description: "it is nested more than 100 levels deep") }
        switch node {
        case .scalar(let scalar):
            switch Tag.Name(rawValue: node.tag.description) {
            case .null: self = .null
            case .bool: self = Bool.construct(from: scalar).map { .bool($0) } ?? .string(scalar.string)
            case .int: self = Int64(scalar.string).map { .int($0) } ?? .string(scalar.string)
            case .float: self = Double.construct(from: scalar).map { .double($0) } ?? .string(scalar.string)
            default: self = .string(scalar.string)
            }
        case .sequence(let sequence):
            var items: [JSONValue] = []
            for item in sequence { items.append(try JSONValue(item, depth: depth + 1, budget: &budget)) }
            self = .array(items)
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, value) in mapping {
                guard case .scalar(let scalar) = key else { throw YAMLError(description: "a key is not text") }
                members[scalar.string] = try JSONValue(value, depth: depth + 1, budget: &budget)
            }
            self = .object(members)
        case .alias:
            throw YAMLError(description: "an alias leads nowhere")
        }
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
            Node(value, Tag(.str), Node(value).tag == Tag(.str) && !value.isEmpty ? .any : .doubleQuoted)
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
