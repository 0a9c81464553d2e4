// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// Reads YAML as Go's library does: of a key that comes twice the last counts, and `<<` merges.
struct YAMLReader {
    /// How many values the aliases may unfold into.
    private var budget = 1_000_000
    /// In front of a key that a later one replaces: a letter for private use, which the text does not have.
    private var replaced: Unicode.Scalar?

    /// So many keys may come again: for each one the text is read anew.
    private static let mostRepetitions = 64
    private static let deepest = 100

    /// - Parameter limit: so many documents are read; nothing behind them counts.
    static func documents(_ text: String, atMost limit: Int) throws(YAMLError) -> [JSONValue] {
        var text = text
        var marker: Unicode.Scalar?
        for _ in 0...mostRepetitions {
            var reader = YAMLReader()
            reader.replaced = marker
            do {
                return try reader.read(text, atMost: limit)
            } catch YamlError.duplicatedKeysInMapping(_, let context) {
                if marker == nil { marker = try letter(notIn: text) }
                guard let marker, let place = place(ofKey: context.mark, in: text) else {
                    throw YAMLError(
                        description: "not valid YAML: \(inWords(context.mark)): the mapping has a key twice")
                }
                text.unicodeScalars.insert(marker, at: place)
            } catch let error as YAMLError {
                throw error
            } catch {
                throw YAMLError(description: "not valid YAML\(Self.place(of: error as? YamlError, in: text))")
            }
        }
        throw YAMLError(description: "more than \(mostRepetitions) of its keys come again", isTooMuch: true)
    }

    // MARK: Keys that come again

    private static func letter(notIn text: String) throws(YAMLError) -> Unicode.Scalar {
        let used = Set(text.unicodeScalars.lazy.filter { $0.properties.generalCategory == .privateUse })
        guard let free = (0xE000...0xF8FF).lazy.compactMap(Unicode.Scalar.init).first(where: { !used.contains($0) })
        else { throw YAMLError(description: "not valid YAML: a mapping has a key twice") }
        return free
    }

    /// Where a letter can be put in front of a key; nil for an alias and a block, which no key of a configuration is.
    private static func place(ofKey mark: Mark, in text: String) -> String.Index? {
        let scalars = text.unicodeScalars
        var line = 1
        var index = scalars.startIndex
        while line < mark.line, index < scalars.endIndex {
            let scalar = scalars[index]
            index = scalars.index(after: index)
            let isBreak = scalar == "\r" ? index == scalars.endIndex || scalars[index] != "\n" : breaks.contains(scalar)
            if isBreak { line += 1 }
        }
        guard var place = scalars.index(index, offsetBy: mark.column - 1, limitedBy: scalars.endIndex) else {
            return nil
        }
        while place < scalars.endIndex, scalars[place] == "&" || scalars[place] == "!" {
            guard let blank = scalars[place...].firstIndex(where: { $0 == " " || $0 == "\t" }),
                let next = scalars[blank...].firstIndex(where: { $0 != " " && $0 != "\t" })
            else { return nil }
            place = next
        }
        guard place < scalars.endIndex else { return nil }
        switch scalars[place] {
        case "*", "|", ">", "\n", "\r": return nil
        case "\"", "'": return scalars.index(after: place)
        default: return place
        }
    }

    /// libyaml's, but for the carriage return, which may stand before one of them.
    private static let breaks: Set<Unicode.Scalar> = ["\n", "\u{85}", "\u{2028}", "\u{2029}"]

    // MARK: Values

    /// Scalars without quotes have a tag of their own, so that `GoYAMLScalar` decides what they are.
    private static let plain = "kbootstrap:plain"
    private static let resolver = try? Resolver.basic.appending(Tag.Name(rawValue: plain), "^")

    private mutating func read(_ text: String, atMost limit: Int) throws -> [JSONValue] {
        var documents: [JSONValue] = []
        let parser = try Parser(yaml: text, resolver: Self.resolver ?? .basic)
        while documents.count < limit, let node = try parser.nextRoot() {
            documents.append(try value(node, depth: 0))
        }
        return documents
    }

    private mutating func value(_ node: Node, depth: Int) throws(YAMLError) -> JSONValue {
        try count(depth)
        switch node {
        case .scalar(let scalar):
            let tag = node.tag.description
            return try GoYAMLScalar.value(scalar.string, tag: tag == Self.plain ? nil : tag)
        case .sequence(let sequence):
            var items: [JSONValue] = []
            for item in sequence { items.append(try value(item, depth: depth + 1)) }
            return .array(items)
        case .mapping: return .object(try members(node, depth: depth))
        case .alias: throw YAMLError(description: "an alias leads nowhere")
        }
    }

    private mutating func count(_ depth: Int) throws(YAMLError) {
        budget -= 1
        guard budget > 0 else {
            throw YAMLError(description: "its aliases unfold into too many values", isTooMuch: true)
        }
        guard depth < Self.deepest else {
            throw YAMLError(description: "it is nested more than \(Self.deepest) levels deep")
        }
    }

    private mutating func members(_ node: Node, depth: Int) throws(YAMLError) -> [String: JSONValue] {
        guard case .mapping(let mapping) = node else {
            throw YAMLError(description: "<< merges something else than mappings")
        }
        try count(depth)
        var members: [String: JSONValue] = [:]
        for (key, item) in mapping {
            guard case .scalar(let scalar) = key else { throw YAMLError(description: "a key is not text") }
            if let replaced, scalar.string.unicodeScalars.first == replaced { continue }
            guard scalar.string == "<<", key.tag.description == Self.plain else {
                members[scalar.string] = try value(item, depth: depth + 1)
                continue
            }
            // Each one replaces what is there already; of a list the first counts.
            let merged = if case .sequence(let sequence) = item { Array(sequence.reversed()) } else { [item] }
            for one in merged { members.merge(try self.members(one, depth: depth + 1)) { _, new in new } }
        }
        return members
    }

    // MARK: Errors

    private static func inWords(_ mark: Mark) -> String { "line \(mark.line), column \(mark.column)" }

    /// Where it is wrong and why, never what stands there: that may be a token.
    private static func place(of error: YamlError?, in text: String) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return ": \(inWords(mark)): \(problem)"
        case .reader(let problem, let offset, _, _):
            guard let offset else { return ": \(problem)" }
            let before = Array(text.utf8.prefix(offset))
            let lines = before.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let column = String(decoding: lines.last ?? [], as: UTF8.self).unicodeScalars.count + 1
            return ": line \(max(lines.count, 1)), column \(column): \(problem)"
        default: return ""
        }
    }
}
