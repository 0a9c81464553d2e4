// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The servers that go without a proxy: `NO_PROXY`, read as Go reads it (golang.org/x/net/http/httpproxy).
struct NoProxyList {
    private enum Entry {
        case everything
        case network(address: [UInt8], bits: Int)
        case address([UInt8], port: String?)
        /// With a dot in front; `isItself` where the name without it is meant too.
        case domain(String, port: String?, isItself: Bool)
    }

    private let entries: [Entry]

    init(_ text: String) {
        entries = text.split(separator: ",").compactMap { item in
            Self.entry(item.trimmed.lowercased())
        }
    }

    private static func entry(_ text: String) -> Entry? {
        if text == "*" { return .everything }
        if let slash = text.firstIndex(of: "/"), let address = bytes(of: String(text[..<slash])),
            let bits = Int(text[text.index(after: slash)...]), (0...address.count * 8).contains(bits)
        {
            return .network(address: address, bits: bits)
        }
        let (host, port) = split(text)
        guard let first = host.first else { return nil }
        if let address = bytes(of: host) { return .address(address, port: port) }
        let domain = host.hasPrefix("*.") ? String(host.dropFirst()) : host
        return first == "." || host.hasPrefix("*.")
            ? .domain(domain, port: port, isItself: false) : .domain("." + domain, port: port, isItself: true)
    }

    /// `HOST:PORT` or `[ADDRESS]:PORT`; anything else is a host.
    private static func split(_ text: String) -> (host: String, port: String?) {
        guard let colon = text.lastIndex(of: ":") else { return (text, nil) }
        let (host, port) = (text[..<colon], String(text[text.index(after: colon)...]))
        if host.hasPrefix("["), host.hasSuffix("]") { return (String(host.dropFirst().dropLast()), port) }
        return host.contains(":") ? (text, nil) : (String(host), port)
    }

    /// Whether a server goes without a proxy: this machine always does.
    func leavesOut(_ host: String, port: Int) -> Bool {
        let host = host.lowercased()
        if host == "localhost" { return true }
        let address = Self.bytes(of: host)
        if let address, Self.isLoopback(address) { return true }
        return entries.contains { entry in
            switch entry {
            case .everything: true
            case .network(let network, let bits):
                address.map { $0.count == network.count && Self.prefix($0, bits) == Self.prefix(network, bits) }
                    ?? false
            case .address(let other, let own): address == other && (own ?? "\(port)") == "\(port)"
            case .domain(let domain, let own, let isItself):
                (host.hasSuffix(domain) || (isItself && host == domain.dropFirst()))
                    && (own.map { $0.isEmpty || $0 == "\(port)" } ?? true)
            }
        }
    }

    /// An address's 4 or 16 bytes; an IPv4 address written as IPv6 has 4.
    private static func bytes(of text: String) -> [UInt8]? {
        var four = in_addr()
        if unsafe inet_pton(AF_INET, text, &four) == 1 { return unsafe withUnsafeBytes(of: &four) { unsafe Array($0) } }
        var sixteen = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
        let bytes = unsafe withUnsafeBytes(of: &sixteen) { unsafe Array($0) }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes[12...]) : bytes
    }

    private static func isLoopback(_ address: [UInt8]) -> Bool {
        address.count == 4 ? address[0] == 127 : address.dropLast().allSatisfy { $0 == 0 } && address.last == 1
    }

    private static func prefix(_ address: [UInt8], _ bits: Int) -> [UInt8] {
        let whole = Array(address.prefix(bits / 8))
        return bits % 8 == 0 ? whole : whole + [address[bits / 8] >> (8 - UInt8(bits % 8))]
    }
}
