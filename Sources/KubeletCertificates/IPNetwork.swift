// SPDX-License-Identifier: Apache-2.0

internal import PKI

/// An IPv4 or IPv6 network, such as `10.240.0.0/24` or `fd00:7::/64`; an address alone is a network of one.
public struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes in network order, the host's bits zero.
    let bytes: [UInt8]
    /// How many leading bits belong to the network.
    let prefix: Int

    /// - Returns: nil where the text is no network. Host bits are cleared: `10.240.0.7/24` is `10.240.0.0/24`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        let bits = address.bytes.count * 8
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let asked = Int(parts[1]), asked <= bits
            else { return nil }
            prefix = asked
        } else {
            prefix = bits
        }
        bytes = Self.masked(address.bytes, prefix)
    }

    /// Whether it holds one address only.
    var isAddress: Bool { prefix == bytes.count * 8 }

    func contains(_ address: IPAddress) -> Bool {
        address.bytes.count == bytes.count && Self.masked(address.bytes, prefix) == bytes
    }

    public var description: String { "\(SubjectAlternativeName.ip(bytes))/\(prefix)" }

    private static func masked(_ bytes: [UInt8], _ prefix: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let kept = min(max(prefix - index * 8, 0), 8)
            return kept == 8 ? byte : byte & ~(0xFF >> kept)
        }
    }
}

/// An address by its value: an IPv4 address that is written as IPv6 (RFC 4291, section 2.5.5.2) is the same one, as it
/// is to Go's verification of names.
struct IPAddress: Sendable, Hashable {
    /// 4 or 16 bytes in network order.
    let bytes: [UInt8]

    /// - Returns: nil for any other number of bytes.
    init?(_ bytes: [UInt8]) {
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        switch bytes.count {
        case 4: self.bytes = bytes
        case 16: self.bytes = bytes.starts(with: mapped) ? Array(bytes.suffix(4)) : bytes
        default: return nil
        }
    }

    init?(_ text: String) {
        guard case .ip(let bytes)? = try? SubjectAlternativeName.parse(text) else { return nil }
        self.init(bytes)
    }

    /// Why no certificate of a kubelet may ever carry it; nil where nothing is special about it.
    var speciality: String? { Self.special.first { $0.network.contains(self) }?.what }

    /// IANA's special-purpose registries, as far as no Node can be reached by such an address from elsewhere.
    private static let special: [(network: IPNetwork, what: String)] = [
        ("0.0.0.0/8", "the unspecified address"), ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"), ("224.0.0.0/4", "a multicast address"),
        ("255.255.255.255/32", "the broadcast address"), ("::/128", "the unspecified address"),
        ("::1/128", "a loopback address"), ("fe80::/10", "a link-local address"), ("ff00::/8", "a multicast address"),
    ].compactMap { text, what in IPNetwork(text).map { ($0, what) } }
}
