// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import KubernetesClient

/// Reading JSON, whole and while it arrives, against Foundation's decoder, which reads whole documents.
@Suite struct ListScannerTests {
    private static let list =
        #"{"kind":"PodList","metadata":{"items":[1],"continue":"a\"items\":["},"items":[{"a":"]},{\\\"é\u00e9"},"#
        + #" {"b":[[],{"c":{}}]} ,{}], "apiVersion":"v1"}"# + "\n"

    @Test("a list reads the same wherever its chunks end")
    func boundaries() throws {
        let bytes = Array(Self.list.utf8)
        let whole = try decoded(bytes)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let (items, around) = try scanned([
                    Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...]),
                ])
                #expect(items == whole.items)
                #expect(around["metadata"] == whole["metadata"] && around["apiVersion"] == "v1" && around.items == [])
            }
        }
    }

    @Test("a list that is cut anywhere is an error")
    func truncated() throws {
        let bytes = Array(Self.list.utf8.dropLast())
        for length in bytes.indices {
            #expect(throws: ListScanner.Malformed.self, "\(length)") { try scanned([Array(bytes[..<length])]) }
        }
    }

    @Test(
        "a list is refused whose items would be lost or are none",
        arguments: [
            #"{"items":[{},]}"#, #"{"items":[,{}]}"#, #"{"items":[{}{}]}"#, #"{"items":[1]}"#, #"{"items":["a"]}"#,
            #"{"items":[[]]}"#, #"{"items":[],"items":[{}]}"#, #"{"items":[{}],"items":[]}"#,
            #"{"items":[{}]"#, #"{"items":[{}]}]"#, #"{"items":[{}]}{}"#, #"{"items":[{]}]}"#, #"{"items":[{"a}]}"#,
            #"[{"items":[{}]}]"#, #"{"items" [{}]}"#, #"{"\u0069tems":[{}]}"#, #"{"items":"a"[{}]}"#, "", " ", "<html>",
        ])
    func refused(_ text: String) {
        #expect(throws: (any Error).self) { try scanned([Array(text.utf8)]) }
    }

    @Test("a list without items has none", arguments: [#"{"items":[]}"#, #"{"items":null}"#, "{}", #"{"items":[ ]}"#])
    func empty(_ text: String) throws {
        #expect(try scanned([Array(text.utf8)]).items.isEmpty)
    }

    @Test("an item, and what is around the items, have a largest size")
    func bounded() throws {
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        var scanner = ListScanner()
        try scanner.feed(Array(#"{"items":[{"a":""#.utf8)) { _ in }
        for _ in 0..<15 { try scanner.feed(long) { _ in } }
        #expect(throws: ListScanner.Malformed.self) { try scanner.feed(long) { _ in } }
        scanner = ListScanner()
        try scanner.feed(Array(#"{"a":""#.utf8)) { _ in }
        for _ in 0..<15 { try scanner.feed(long) { _ in } }
        #expect(throws: ListScanner.Malformed.self) { try scanner.feed(long) { _ in } }
    }

    @Test("seeded random lists in random chunks read as the whole document does", arguments: 0..<20)
    func random(_ seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        for _ in 0..<20 {
            let document: JSONValue = [
                "a": randomValue(3, &random), "metadata": randomValue(3, &random), "zz": randomValue(2, &random),
                "items": .array(
                    (0..<Int.random(in: 0...6, using: &random)).map { _ in
                        ["x": randomValue(4, &random), "\"items\":[": randomValue(2, &random)]
                    }),
            ]
            let bytes = try document.serialized(pretty: Bool.random(using: &random))
            #expect(try JSONReader.read(bytes) == decoded(bytes))
            var chunks: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let chunk = rest.prefix(Int.random(in: 1...30, using: &random))
                chunks.append(Array(chunk))
                rest = rest.dropFirst(chunk.count)
            }
            #expect(try scanned(chunks).items == decoded(bytes).items)
        }
    }

    @Test(
        "numbers and texts are what Foundation's decoder takes them for",
        arguments: [
            "0", "-0", "-1", "1.0", "1e3", "1E+2", "1.5e-3", "-2.25", "9223372036854775807", "-9223372036854775808",
            "9223372036854775808", "1e300", #""\ud83d\ude00\u00e9\"\\\/\b\f\n\r\t""#, #""é😀""#, " [ 1 , {} ] ", "true",
            "false", "null", #"{"":{"":[]}}"#,
        ])
    func values(_ text: String) throws {
        #expect(try JSONReader.read(Array(text.utf8)) == decoded(Array(text.utf8)))
    }

    @Test(
        "what Foundation's decoder refuses is refused",
        arguments: [
            "01", "-", "1.", ".5", "1e", "+1", "1e999", "NaN", "tru", "truee", "[1 2]", "{\"a\" 1}", "{,}",
            #""\ud83d""#, #""\ude00""#, #""\ud83dx""#, #""\x""#, #""\u12g4""#, "\"a\nb\"", "\"", "[", "]", "{", "1 1",
            "",
        ])
    func invalid(_ text: String) {
        #expect(throws: JSONReader.Malformed.self) { try JSONReader.read(Array(text.utf8)) }
        #expect(throws: (any Error).self) { try decoded(Array(text.utf8)) }
    }

    @Test("what is passed over is not read, whatever it is, and all else is")
    func ignored() throws {
        for member in ["1", "\"}\\\"]\"", "[{\"a\":[]},\"]\"]", "{\"x\":{\"y\":\"{\"}}", "null", " true "] {
            for text in [
                #"{"x":\#(member),"b":{"x":\#(member)},"c":[2]}"#, #"{"b":{"x" : \#(member) },"c":[2],"x":\#(member)}"#,
            ] {
                #expect(try JSONReader.read(Array(text.utf8), ignoring: ["x"]) == ["b": [:], "c": [2]], "\(text)")
            }
            let open = Array(#"{"b":1,"x":\#(member)"#.utf8)
            #expect(throws: JSONReader.Malformed.self) { try JSONReader.read(open, ignoring: ["x"]) }
        }
    }

    @Test(
        "a comma with nothing behind it is refused, which Foundation's decoder takes",
        arguments: ["[1,]", "{\"a\":1,}"])
    func comma(_ text: String) {
        #expect(throws: JSONReader.Malformed.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test("bytes that are no text are refused, and so is what is nested without end")
    func hostile() {
        #expect(throws: JSONReader.Malformed.self) { try JSONReader.read([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONReader.Malformed.self) {
            try JSONReader.read([UInt8](repeating: UInt8(ascii: "["), count: 100_000))
        }
    }

    private func decoded(_ bytes: [UInt8]) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }

    @discardableResult
    private func scanned(_ chunks: [[UInt8]]) throws -> (items: [JSONValue], around: JSONValue) {
        var scanner = ListScanner()
        var items: [JSONValue] = []
        for chunk in chunks { try scanner.feed(chunk) { items.append(try JSONReader.read($0)) } }
        return (items, try scanner.end(without: SentSecrets()))
    }

    private func randomValue(_ depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .int(Int64.random(in: .min ... .max, using: &random))
        case 3: return .double(Double.random(in: -1e6...1e6, using: &random))
        case 4, 5:
            let signs: [Character] = ["a", "\"", "\\", "{", "}", "[", "]", ",", ":", "é", "😀", "\n", "\u{1}", "/"]
            return .string(
                String(
                    (0..<Int.random(in: 0...8, using: &random)).map { _ in signs.randomElement(using: &random) ?? "a" })
            )
        case 6: return .array((0..<Int.random(in: 0...3, using: &random)).map { _ in randomValue(depth - 1, &random) })
        default:
            return .object(
                Dictionary(
                    (0..<Int.random(in: 0...3, using: &random)).map { ("k\($0)\"", randomValue(depth - 1, &random)) }
                ) { first, _ in first })
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
