// SPDX-License-Identifier: Apache-2.0

/// What a server or a program says in words, fit to be shown: without secrets, in one line, controls escaped, cut.
///
/// Nothing else in this module turns a body into a message.
public struct ServerMessage: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    private init(shown description: String) { self.description = description }

    /// Longer sentences tell a reader no more, in Unicode scalars.
    private static let longest = 500
    /// Of a body that is no Status.
    private static let longestBody = 300

    init(_ text: String) { self.init(shown: text.withoutSecrets.singleLine(upTo: Self.longest)) }

    /// The message of the Status that a body holds, otherwise its beginning.
    init(body: [UInt8]) {
        let object = (try? JSONValue.parse(body)) ?? .null
        if let message = object["message"].string {
            self.init(message)
        } else {
            // What is cut first may end in the middle of a secret, which is then not known for one.
            let text = String(decoding: body.prefix(1 << 16), as: UTF8.self)
            self.init(shown: text.withoutSecrets.singleLine(upTo: Self.longestBody))
        }
    }

    /// Whether it says nothing.
    public var isEmpty: Bool { description.isEmpty }
}
