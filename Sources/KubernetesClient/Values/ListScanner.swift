// SPDX-License-Identifier: Apache-2.0

/// Takes a list object apart while it arrives, in whatever chunks: each of its `items` is given out as soon as it is
/// whole, and what is around them is kept. So a body of 150,000 items is never in memory.
///
/// It knows strings, brackets and braces, no more: each item, and what is around them, is read as JSON by who gets it.
struct ListScanner {
    struct Malformed: Error, CustomStringConvertible { let description: String }

    /// The bytes of an item, and of what is around them all. The largest object that etcd takes by default is 1.5 MiB;
    /// and some more, as for a watch's lines.
    private static let largest = 16 << 20

    private enum Place { case outside, beforeFirst, beforeItem, inItem, afterItem, afterItems }

    private var place = Place.outside
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// The last text at the list's own level: a member's name, when a colon follows.
    private var text: [UInt8] = []
    private var isItems = false
    private var envelope: [UInt8] = []
    private var item: [UInt8] = []

    private static let key = Array("items".utf8)

    /// - Parameter each: given each item that the chunk completes.
    mutating func feed(_ chunk: [UInt8], _ each: ([UInt8]) throws -> Void) throws {
        // Where the part of the chunk begins that is not kept yet.
        var start = 0
        var index = 0
        while index < chunk.count {
            let byte = chunk[index]
            index += 1
            switch place {
            case .outside, .afterItems:
                guard envelope.count < Self.largest else {
                    throw Malformed(description: "more than 16 MiB is around its items")
                }
                envelope.append(byte)
                around(byte)
            case .beforeFirst, .beforeItem, .afterItem:
                start = index - 1
                try between(byte)
            case .inItem: break
            }
            guard place == .inItem else { continue }
            guard try inItem(byte) else { continue }
            item += chunk[start..<index]
            try check()
            try each(item)
            item.removeAll(keepingCapacity: true)
            place = .afterItem
        }
        if place == .inItem {
            item += chunk[start...]
            try check()
        }
    }

    /// What is around the items, as a list without any.
    ///
    /// - Parameter secrets: what is cut out of it.
    /// - Throws: where the list has not come to its end.
    func end(without secrets: SentSecrets) throws -> JSONValue {
        guard place == .outside || place == .afterItems, depth == 0, !isInString, !envelope.isEmpty else {
            throw Malformed(description: "the answer ends in the middle")
        }
        let around: JSONValue
        do { around = try JSONReader.read(secrets.removed(from: envelope)) } catch {
            throw Malformed(description: "the answer is not JSON")
        }
        guard around.object != nil else { throw Malformed(description: "the answer is no object") }
        // A list that spells the name of its items in another way is none that a server writes.
        guard around.items.isEmpty else { throw Malformed(description: "its items cannot be told from the rest") }
        return around
    }

    private func check() throws {
        guard item.count <= Self.largest else { throw Malformed(description: "an item is larger than 16 MiB") }
    }

    private mutating func around(_ byte: UInt8) {
        if isInString {
            if depth == 1 { text.append(byte) }
            guard !isEscaped else { return isEscaped = false }
            if byte == UInt8(ascii: "\\") { isEscaped = true }
            if byte == UInt8(ascii: "\"") {
                isInString = false
                if depth == 1 { text.removeLast() }
            }
            return
        }
        switch byte {
        case UInt8(ascii: "\""):
            isInString = true
            text.removeAll(keepingCapacity: true)
        case UInt8(ascii: ":"): isItems = depth == 1 && text == Self.key
        case UInt8(ascii: ","): isItems = false
        case UInt8(ascii: "["):
            if isItems, depth == 1, place == .outside { place = .beforeFirst } else { depth += 1 }
        case UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "}"): depth -= 1
        // That of the items is not counted: only their brackets are in what is around them.
        case UInt8(ascii: "]"): depth -= 1
        default: break
        }
    }

    /// Outside of items, but within their brackets.
    private mutating func between(_ byte: UInt8) throws {
        switch byte {
        case 0x20, 0x0A, 0x0D, 0x09: break
        case UInt8(ascii: "]") where place != .beforeItem:
            envelope.append(byte)
            place = .afterItems
            isItems = false
        case UInt8(ascii: ",") where place == .afterItem: place = .beforeItem
        case UInt8(ascii: "{") where place != .afterItem:
            place = .inItem
            depth = 1
        default: throw Malformed(description: "its items are no list of objects")
        }
    }

    /// Whether the byte is an item's last. The list's own brace counts as the first level.
    private mutating func inItem(_ byte: UInt8) throws -> Bool {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return false
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            return depth == 1
        default: break
        }
        return false
    }
}
