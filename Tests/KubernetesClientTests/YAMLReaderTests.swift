// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KubernetesClient

/// YAML as Go's library reads it; what is expected here is what kubectl 1.37 makes of the same text.
@Suite struct YAMLReaderTests {
    private func read(_ text: String) throws -> JSONValue {
        try #require(try JSONValue.document(yaml: Array(text.utf8)))
    }

    @Test(
        "a scalar without quotes is what Go takes it for",
        arguments: [
            ("y", true), ("on", true), ("No", false), ("0x1F", 31), ("0X1F", 31), ("010", 8), ("08", .double(8)),
            ("0o17", 15), ("0b11", 3), ("-0b11", -3), ("1_000", 1000), ("+1", 1), ("1e3", .double(1000)),
            ("1.", .double(1)), (".5", .double(0.5)), ("-.5", .double(-0.5)),
            ("12345678901234567890", .double(1.2345678901234567e19)),
            ("~", .null), ("Null", .null), ("", .null), ("_1", "_1"), ("1e", "1e"), ("1:30:00", "1:30:00"),
            ("2001-12-14", "2001-12-14"), ("=", "="), ("<<", "<<"), ("!!str 5", "5"), ("!foo 5", "5"), ("!!int '5'", 5),
            ("!!binary aGVsbG8=", "hello"), ("!!bool 'yes'", true), ("'yes'", "yes"), ("a\tb", "a\tb"), ("\ta", "a"),
            ("|\n  abc", "abc"), (">-\n  a\n  b", "a b"),
        ] as [(String, JSONValue)])
    func scalars(_ text: String, _ expected: JSONValue) throws {
        #expect(try read("k: \(text)")["k"] == expected)
    }

    @Test(
        "of a key that comes twice the last counts",
        arguments: [
            ("a: 1\na: 2", ["a": 2]), ("a: 1\n\"a\": 2\n'a': 3", ["a": 3]),
            ("{a: 1, a: {b: 1, b: 2}}", ["a": ["b": 2]]),
            ("a: {x: 1}\na: {y: 2}", ["a": ["y": 2]]), ("&k a: 1\na: 2", ["a": 2]),
            ("l:\n- a: 1\n  a: 2\n- b: 3", ["l": [["a": 2], ["b": 3]]]),
            ("a: 1\r\na: 2\r\n", ["a": 2]), ("ü: 1\nü: 2", ["ü": 2]),
            ("a: &x {k: 1, k: 2}\nb: *x", ["a": ["k": 2], "b": ["k": 2]]),
        ] as [(String, JSONValue)])
    func repetitions(_ text: String, _ expected: JSONValue) throws { #expect(try read(text) == expected) }

    @Test(
        "<< merges, in its place",
        arguments: [
            ("a: &a {x: 1}\nb: {<<: *a, y: 2}", ["x": 1, "y": 2]), ("a: &a {x: 1}\nb: {x: 2, <<: *a}", ["x": 1]),
            ("a: &a {x: 1}\nb: {<<: *a, x: 2}", ["x": 2]), ("b: {<<: [{x: 1}, {x: 2, y: 3}]}", ["x": 1, "y": 3]),
            ("b: {'<<': {x: 1}}", ["<<": ["x": 1]]),
        ] as [(String, JSONValue)])
    func merges(_ text: String, _ expected: JSONValue) throws { #expect(try read(text)["b"] == expected) }

    @Test("only the first document counts", arguments: ["a: 1\n---\nb: [", "---\na: 1\n...\n---\n\t- x"])
    func first(_ text: String) throws { #expect(try read(text) == ["a": 1]) }

    @Test("a byte order mark is none of the text, and says UTF-16")
    func marks() throws {
        let text = "kind: Config\r\nk: ü\r\n"
        let units = Array(text.utf16)
        var (little, big): ([UInt8], [UInt8]) = ([0xFF, 0xFE], [0xFE, 0xFF])
        for unit in units {
            little += [UInt8(unit & 255), UInt8(unit >> 8)]
            big += [UInt8(unit >> 8), UInt8(unit & 255)]
        }
        for bytes in [[0xEF, 0xBB, 0xBF] + Array(text.utf8), little, big] {
            #expect(try JSONValue.document(yaml: bytes) == ["kind": "Config", "k": "ü"])
        }
    }

    @Test(
        "what cannot be read is told by line and column",
        arguments: [
            (Array("a: 1\nb: s3cret".utf8) + [0xFF], "line 2, column 10"),
            (Array("a: 1\nb: s3cret\u{7}".utf8), "line 2, column 10"),
            (Array("a: 1\n\ts3cret: 2".utf8), "line 2, column 1"), (Array("a: 1\n*s3cret : 1".utf8), "line 2"),
            (Array("a: 1\nb: s3cret: x".utf8), "line 2, column 10"), (Array("a: 1\nb: [s3cret".utf8), "line "),
        ] as [([UInt8], String)])
    func places(_ bytes: [UInt8], _ place: String) {
        let error = #expect(throws: YAMLError.self) { try JSONValue.document(yaml: bytes) }
        let text = error?.description ?? ""
        #expect(text.contains(place) && !text.contains("s3cret"), "\(text)")
    }

    @Test("nothing unfolds without end", arguments: ["<<: [", "k: ["])
    func bombs(_ link: String) {
        var text = "a0: &a0 {x: 1}\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) {\(link)\(aliases)]}\n"
        }
        let error = #expect(throws: YAMLError.self) { try read(text) }
        #expect(error?.isTooMuch == true, "\(String(describing: error))")
    }
}
