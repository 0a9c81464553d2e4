// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The address of a server or a proxy. Printed, it shows neither the name and password nor the query that it may hold.
struct ServerURL: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    private let url: URL

    /// - Parameters:
    ///   - text: `http://` is added where it has no scheme, as in client-go, and then it is a host and port only.
    ///   - schemes: those that are taken.
    /// - Returns: nil for any other text than an address with a host, and for a port that cannot be dialled.
    init?(_ text: String, schemes: Set<String>) {
        let isWhole = text.contains("://")
        let complete = isWhole ? text : "http://" + text
        guard let url = URL(string: complete, encodingInvalidCharacters: false),
            isWhole || ["", "/"].contains(url.path(percentEncoded: true)),
            let scheme = url.scheme?.lowercased(), schemes.contains(scheme),
            let host = url.host(percentEncoded: false), !host.isEmpty,
            url.port.map({ (1...65535).contains($0) }) ?? true
        else { return nil }
        self.url = url
    }

    var scheme: String { url.scheme?.lowercased() ?? "" }

    /// Without the brackets of an IPv6 address.
    var host: String {
        let host = url.host(percentEncoded: false) ?? ""
        return host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    }

    var port: Int? { url.port }

    /// Percent-encoded, without slashes at its end.
    var path: String {
        var path = url.path(percentEncoded: true)
        while path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// Host and port as a Host header has them.
    var authority: String { Self.bracketed(host) + (port.map { ":\($0)" } ?? "") }

    /// The name and password in it; nil where there are none.
    var userInfo: (user: String, password: Secret)? {
        guard let user = url.user(percentEncoded: false), !user.isEmpty else { return nil }
        return (user, Secret(value: url.password(percentEncoded: false) ?? ""))
    }

    /// All of it, for those that it is meant for.
    var whole: Secret { Secret(value: url.absoluteString) }

    var description: String { "\(scheme)://\(authority)\(url.path(percentEncoded: true))" }
    var customMirror: Mirror { Mirror(self, children: []) }

    static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    /// A text that is no address, as far as it can hold no secret: without what may be a name and password or a query.
    static func shown(_ text: String) -> String {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        let scheme = parts.count == 2 ? "\(parts[0])://" : ""
        let rest = parts.last ?? ""
        let authority = rest.prefix { !"/?#".contains($0) }
        // Whether `@` ends a password with a slash in it, or stands in a query, cannot be told.
        guard !rest.dropFirst(authority.count).contains("@") else { return scheme + "…" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        // What stands where a port belongs can be a password without its host.
        let port =
            host.hasSuffix("]")
            ? "" : host.split(separator: ":", omittingEmptySubsequences: false).dropFirst().last ?? ""
        guard port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return scheme + "…"
        }
        let path = rest.dropFirst(authority.count).prefix { $0 != "?" && $0 != "#" }
        return scheme + host + path
    }
}
