// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import KubernetesClient

/// What no text of ours shows, whatever a server, a file or a plugin says.
@Suite struct SecretsTests {
    private static let token = "s3cr/t+tok\"en-0123"

    private static func forms(_ text: String) -> [String] {
        let data = Data(text.utf8)
        return [
            text, data.base64EncodedString(), Data("Bearer \(text)".utf8).base64EncodedString(),
            Data("x: \(text)\r\n".utf8).base64EncodedString(),
            data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_"),
            text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~")))
                ?? "",
            data.map { String(format: "%02x", $0) }.joined(), data.map { String(format: "%02X", $0) }.joined(),
            text.replacing("\"", with: "\\\""),
        ]
    }

    @Test("a body is cleared of a credential in each form in which a server may echo it")
    func echoes() {
        let sent = SentSecrets()
        sent.note(Self.token)
        for form in Self.forms(Self.token) {
            let cleared = sent.removed(from: "before \(form) between \(form) after")
            #expect(!cleared.contains(form.dropFirst(4).dropLast(4)), "\(form): \(cleared)")
            #expect(cleared.hasPrefix("before ") && cleared.hasSuffix(" after"), "\(cleared)")
            #expect(cleared.split(separator: "[redacted]").count == 3, "\(cleared)")
        }
        #expect(sent.removed(from: "nothing of it") == "nothing of it")
    }

    @Test("a short text is no secret that could be cut out of an answer")
    func short() {
        let sent = SentSecrets()
        sent.note("admin")
        #expect(sent.removed(from: "admin") == "admin")
    }

    @Test(
        "an answer's message is one line without secrets, cut behind them",
        arguments: [
            (#"{"kind":"Status","message":"no\nfix: x"}"#, "no fix: x"),
            ("<html>\n\tAuthorization: Bearer abcdefgh</html>", "<html> Authorization: Bearer [redacted]"),
            ("", ""),
            (
                String(repeating: "x", count: 290) + " Bearer 0123456789",
                String(repeating: "x", count: 290) + " Bearer [r…"
            ),
        ])
    func messages(_ body: String, _ expected: String) {
        #expect(RawResponse(status: 500, contentType: "", body: Array(body.utf8)).message.description == expected)
    }

    @Test(
        "an address shows neither name, password nor query",
        arguments: [
            ("https://u:s3cret@h:6443/p?token=s3cret#s3cret", "https://h:6443/p"), ("h:6443", "http://h:6443"),
            ("https://[fd00::1]:6443", "https://[fd00::1]:6443"),
        ])
    func addresses(_ text: String, _ expected: String) throws {
        let url = try #require(ServerURL(text, schemes: ["http", "https"]))
        #expect("\(url)" == expected)
        var dumped = ""
        dump(url, to: &dumped)
        #expect(!dumped.contains("s3cret"))
    }

    @Test(
        "what is no address shows no more",
        arguments: [
            ("ftp://u:s3cret@h/p", "ftp://h/p"), ("u:s3cret@h", "h"), ("https://u:s3/cret@h", "https://…"),
            ("https://u:s3?cret@h", "https://…"), ("https://h:99999?t=s3cret", "https://h:99999"),
            ("https://u:s3@cret@h", "https://h"), ("u:s3cret", "…"), ("http://u:s3cret", "http://…"),
            ("h:6443", "h:6443"),
            ("https://[fd00::1]", "https://[fd00::1]"), ("https://[fd00::1]:x", "https://…"),
        ])
    func others(_ text: String, _ expected: String) { #expect(ServerURL.shown(text) == expected) }

    @Test(
        "what is not YAML is told by its place",
        arguments: [
            "a:\n\ttoken: s3cret", "a: {token: s3cret", "token: s3cret: x", "token: &s3cret s3cret: *s3cret",
            "s3cret: *s3cret",
        ])
    func yaml(_ text: String) throws {
        let error = try #require(throws: YAMLError.self) { try JSONValue.documents(yaml: text) }
        #expect(!"\(error)".contains("s3cret"), "\(error)")
        #expect("\(error)".contains("line"), "\(error)")
    }

    @Test("what is not JSON is told by its place", arguments: ["{\n\"a\": s3cret}", #"{"s3cret":1,"s3cret":2}"#])
    func json(_ text: String) throws {
        let error = try #require(throws: DecodingError.self) { try JSONValue.parse(Array(text.utf8)) }
        #expect(!"\(error)".contains("s3cret") && "\(error)".contains("line"), "\(error)")
    }

    @Test("many small values are not read to their end", arguments: ["0,", "{},", #"{"a":0},"#, "[[]],"])
    func values(_ item: String) throws {
        let count = 48 << 20
        let text = "[" + String(repeating: item, count: count / item.utf8.count) + "0]"
        let error = try #require(throws: JSONReader.Malformed.self) { try JSONReader.read(Array(text.utf8)) }
        #expect(error.isTooMuch)
    }
}
