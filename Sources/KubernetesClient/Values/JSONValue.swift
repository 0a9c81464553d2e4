// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Any JSON. Reading what is not there gives `.null`, so that a path of keys reads like one.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A whole number that fits into 64 bits, however it was written.
    case int(Int64)
    /// Any other number.
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// A member of an object; `.null` where there is none, or no object.
    ///
    /// Setting makes an object of what is none; setting `.null` takes the member out.
    public subscript(_ key: String) -> JSONValue {
        get { if case .object(let members) = self { members[key] ?? .null } else { .null } }
        set {
            var members = object ?? [:]
            members[key] = newValue == .null ? nil : newValue
            self = .object(members)
        }
    }

    /// An item of an array; `.null` beyond its ends.
    public subscript(_ index: Int) -> JSONValue {
        if case .array(let items) = self, items.indices.contains(index) { items[index] } else { .null }
    }

    /// The text; nil for anything else. The same holds for what follows.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The whole number; nil for anything else.
    public var int: Int64? { if case .int(let value) = self { value } else { nil } }
    /// True or false; nil for anything else.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The items of an array; nil for anything else.
    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    /// The members of an object; nil for anything else.
    public var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }

    /// The items of a list object, or none.
    public var items: [JSONValue] { self["items"].array ?? [] }

    /// `metadata.name`.
    public var name: String? { self["metadata"]["name"].string }

    /// The value of a JSON text.
    ///
    /// - Throws: `DecodingError` with line and column where the bytes are not JSON, have a key twice or hold more values
    ///   than fit into half a gibibyte; never with their text.
    public static func parse(_ bytes: [UInt8]) throws -> JSONValue {
        do { return try JSONReader.read(bytes) } catch {
            throw DecodingError.dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: "\(error)"))
        }
    }

    /// Compact, keys in order; the same value gives the same bytes.
    public func serialized(pretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return Array(try encoder.encode(self))
    }
}

extension JSONValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([String: JSONValue].self) {
            self = .object(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .int(value)
        } else if container.decodeNil() {
            self = .null
        } else {
            self = .double(try container.decode(Double.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

/// Not by `nil`: in `isWanted ? object : nil` it would be JSON's null, a value, where none was meant.
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
}
