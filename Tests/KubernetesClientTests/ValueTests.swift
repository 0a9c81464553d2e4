// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import KubernetesClient

@Suite struct ValueTests {
    @Test func jsonRoundTrips() throws {
        let text = #"{"a":[1,-2.5,true,null,"x"],"b":{"c":9007199254740993,"d":""}}"#
        #expect(String(decoding: try JSONValue.parse(Array(text.utf8)).serialized(), as: UTF8.self) == text)
    }

    @Test("a key that comes twice is refused, not decided for one of the two")
    func duplicateKeys() {
        #expect(throws: (any Error).self) { try JSONValue.parse(Array(#"{"a": {"b": 1, "b": 2}}"#.utf8)) }
    }

    @Test(arguments: ["", "{", "[1,", "{\"a\":}", "nope", "\u{0}"])
    func brokenJSONIsAnError(_ text: String) {
        #expect(throws: (any Error).self) { try JSONValue.parse(Array(text.utf8)) }
    }

    @Test(arguments: ["a: [b\n", "a: b: c", "? [x]\n: 1", "*nowhere", "\t- x: [}"])
    func brokenYAMLIsAnError(_ text: String) {
        #expect(throws: YAMLError.self) { try JSONValue.documents(yaml: text) }
    }

    @Test func textThatLooksLikeSomethingElseStaysText() throws {
        let value: JSONValue = [
            "a": "true", "b": "1", "c": "null", "d": "", "e": "1.5", "f": "yes", "g": ["~", "#x"], "true": 1, "null": 2,
            "1": 3, "": 4, "~": 5,
        ]
        #expect(try JSONValue.documents(yaml: value.yaml()) == [value])
    }

    @Test func controlCharactersAreMadeVisible() {
        #expect("a\u{1B}[31mb\u{202E}\n\tc".escapingControls == "a\\u{1b}[31mb\\u{202e}\n\tc")
        #expect("\n10.0.0.1\r\n \tfix: curl\u{9B}\u{2028}x\n".singleLine == "10.0.0.1 fix: curl\\u{9b}\\u{2028}x")
        #expect("e\u{301}e\u{301}".singleLine(upTo: 3) == "e\u{301}e…")
    }

    @Test(arguments: [("a/b", "a%2Fb"), ("system:node", "system:node"), ("..", ".."), ("ä?", "%C3%A4%3F")])
    func namesCannotLeaveTheirSegment(_ name: String, _ segment: String) {
        #expect(ObjectReference(.nodes, name: name).path == "/api/v1/nodes/\(segment)")
    }

    @Test(arguments: [("31+", 31), ("20", 20)])
    func providersMinorVersionsAreRead(_ minor: String, _ number: Int) {
        let answer: JSONValue = ["major": "1", "minor": .string(minor), "gitVersion": .string("v1.\(number).0")]
        #expect(ServerVersion(answer)?.minor == number)
    }

    @Test func secretsShowNowhere() throws {
        let secret = Secret(value: "hunter2")
        var dumped = ""
        dump(Credential.basic(user: "u", password: secret), to: &dumped)
        let source = ClientIdentity.Source(certificate: "c", key: "k", hint: "h")
        dump(ClientIdentity(certificate: [], key: secret, source: source), to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\(Credential.token(secret))", dumped] {
            #expect(!text.contains("hunter2"), "\(text)")
        }
    }
}

/// What servers and logs quote.
@Suite struct WithoutSecretsTests {
    @Test(
        "sentences about credentials stay as they are",
        arguments: [
            "invalid bearer token", "[invalid bearer token, token lookup failed]",
            "invalid bearer token: it has expired", "Bearer authentication is required", "(see bearer token).",
            "bearer tokens are not accepted here", "basic authentication was removed",
            "critical basic constraints are missing", "Authorization header is missing",
            "authorization: user jane may not", "forbidden: an authorization webhook says no",
        ])
    func sentences(_ text: String) { #expect(text.withoutSecrets == text) }

    @Test(
        "credentials do not",
        arguments: [
            ("Bearer SECRET-TOKEN", "Bearer [redacted]"), ("bearer s3cret", "bearer [redacted]"),
            ("bad header 'Authorization: Bearer letmein'", "bad header 'Authorization: Bearer [redacted]'"),
            (#"{"Authorization":"Bearer letmein"}"#, #"{"Authorization":"Bearer [redacted]"}"#),
            ("map[Authorization:[Bearer letmein]]", "map[Authorization:[Bearer [redacted]]]"),
            ("invalid bearer token abcdefghijklmnopqrstuvwxyz", "invalid bearer token [redacted]"),
            ("invalid bearer token: 0123456789", "invalid bearer token: [redacted]"),
            ("BEARER abc.def-ghi", "BEARER [redacted]"), ("Basic dXNlcjpwYXNz", "Basic [redacted]"),
            ("token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln is bad", "token [redacted] is bad"),
            ("https://user:word@host/x", "https://[redacted]@host/x"),
            ("https://user:w@rd@host/x", "https://[redacted]@host/x"),
            ("GET /x?access_token=s3cret&y=1", "GET /x?access_token=[redacted]&y=1"),
            ("plugin: Password=letmein, try again", "plugin: Password=[redacted], try again"),
        ])
    func credentials(_ text: String, _ expected: String) { #expect(text.withoutSecrets == expected) }
}

/// Whether a write is needed at all: what is intended, against what is there and who owns it.
@Suite struct IntentionTests {
    private let intended: JSONValue = [
        "metadata": ["name": "x"],
        "spec": ["replicas": 2, "containers": [["name": "c", "args": ["a", "b"]]]],
    ]

    private func live(_ spec: JSONValue, owned: JSONValue? = nil) -> JSONValue {
        var live: JSONValue = ["metadata": ["name": "x", "uid": "1"], "spec": spec]
        if let owned {
            live["metadata"]["managedFields"] = [
                ["manager": "kbootstrap", "operation": "Apply", "fieldsV1": ["f:spec": owned]]
            ]
        }
        return live
    }

    @Test func defaultsOfTheServerAreNoDifference() {
        let spec: JSONValue = [
            "replicas": 2, "paused": false, "containers": [["name": "c", "args": ["a", "b"], "tty": false]],
        ]
        #expect(Intention(intended).isMet(by: live(spec), manager: "kbootstrap"))
    }

    @Test func anotherValueIs() {
        let spec: JSONValue = ["replicas": 3, "containers": [["name": "c", "args": ["a", "b"]]]]
        #expect(!Intention(intended).isMet(by: live(spec), manager: "kbootstrap"))
    }

    @Test func oneArgumentMoreIs() {
        let spec: JSONValue = ["replicas": 2, "containers": [["name": "c", "args": ["a", "b", "c"]]]]
        #expect(!Intention(intended).isMet(by: live(spec), manager: "kbootstrap"))
    }

    @Test func aFieldThatWeOwnAndNoLongerWantIs() {
        let spec: JSONValue = ["replicas": 2, "paused": true, "containers": [["name": "c", "args": ["a", "b"]]]]
        let owned: JSONValue = ["f:replicas": [:], "f:containers": [#"k:{"name":"c"}"#: [".": [:], "f:args": [:]]]]
        #expect(Intention(intended).isMet(by: live(spec, owned: owned), manager: "kbootstrap"))
        var more = owned
        more["f:paused"] = [:]
        #expect(!Intention(intended).isMet(by: live(spec, owned: more), manager: "kbootstrap"))
    }
}
