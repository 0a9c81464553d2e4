// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text without what lets its reader in somewhere: bearer tokens, passwords as HTTP sends them, JSON web
    /// tokens, private keys in PEM, names and passwords in addresses, fields such as `token=`. Servers and logs quote such things now and then.
    public var withoutSecrets: String {
        guard utf8.count > 8 else { return self }
        var text = self
        if text.contains("PRIVATE KEY") {
            text = text.replacing(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/) {
                _ in Self.redacted
            }
        }
        if text.contains("eyJ") {
            text = text.replacing(/eyJ[A-Za-z0-9_\-]{6,}\.[A-Za-z0-9_\-]*(\.[A-Za-z0-9_\-]*)?/) { _ in Self.redacted }
        }
        if text.contains("uthorization") || text.contains("AUTHORIZATION") {
            let header =
                /((?:[Aa]uthorization|AUTHORIZATION)["']? *[:=] *[\["']*(?:[Bb]earer|BEARER|[Bb]asic|BASIC)) +[^\s"',;\]]+/
            text = text.replacing(header) { match in "\(match.output.1) \(Self.redacted)" }
        }
        if text.contains("earer") || text.contains("BEARER") {
            text = text.replacing(/((?:[Bb]earer|BEARER)(?: +tokens?)?:?) +([^\s"',;\[\]]+)/) { match in
                Self.isWord(match.output.2) ? String(match.output.0) : "\(match.output.1) \(Self.redacted)"
            }
        }
        if text.contains("asic ") || text.contains("BASIC ") {
            text = text.replacing(/([Bb]asic|BASIC) +([A-Za-z0-9+\/=]{4,})/) { match in
                Self.isWord(match.output.2) ? String(match.output.0) : "\(match.output.1) \(Self.redacted)"
            }
        }
        if text.contains("@"), text.contains("://") {
            text = text.replacing(/:\/\/[^\/\s"]+@/) { _ in "://\(Self.redacted)@" }
        }
        if text.contains("=") {
            let field = /(\b(?:[A-Za-z]+[_\-])?(?:token|password|passwd|secret|apikey|api[_\-]key)=)[^\s&"',;]+/
                .ignoresCase()
            text = text.replacing(field) { match in "\(match.output.1)\(Self.redacted)" }
        }
        return text
    }

    private static let redacted = "[redacted]"

    /// Whether what follows a scheme's name is a word of a sentence and no credential.
    private static func isWord(_ text: Substring) -> Bool {
        words.contains(
            String(decoding: text.utf8.reversed().drop { ".:)".utf8.contains($0) }.reversed(), as: UTF8.self))
    }

    private static let words: Set = [
        "and", "are", "auth", "authentication", "authorization", "challenge", "constraints", "credentials", "failed",
        "for", "found",
        "has", "header", "in", "is", "it", "lookup", "not", "of", "or", "realm", "required", "scheme", "to", "token",
        "tokens", "was", "were",
    ]
}
