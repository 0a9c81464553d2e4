// SPDX-License-Identifier: Apache-2.0

extension Certificate {
    /// Whether it is valid for a host, by the rules of Go's `x509.Certificate.VerifyHostname`.
    ///
    /// An address is compared with the certificate's addresses only, a name with its DNS names only. The common name
    /// never counts. `*` stands for the whole leftmost label of a name with more labels, and for nothing else.
    ///
    /// - Parameter host: an IP address, or a DNS name; a dot at the name's end makes no difference.
    public func names(_ host: String) -> Bool {
        if let asked = IPAddressText.bytes(host) {
            return subjectAlternativeNames.contains { name in
                if case .ip(let bytes) = name { IPAddressText.unmapped(bytes) == asked } else { false }
            }
        }
        let asked = HostName(host.hasSuffix(".") ? String(host.dropLast()) : host)
        return subjectAlternativeNames.contains { name in
            guard case .dns(let text) = name else { return false }
            guard let asked, let own = HostName(text, allowingWildcard: true) else {
                // What is no host name is nothing but itself.
                return !["", "."].contains(host) && text.utf8.elementsEqual(host.utf8)
            }
            return own.matches(asked)
        }
    }
}

/// A DNS name in labels, folded to lower case.
private struct HostName {
    private let labels: [String]

    /// - Returns: nil for what Go takes for no host name: other bytes than letters, digits, `-` and `_`, a label that is
    ///   empty or begins with `-`, a lone `*`.
    init?(_ text: String, allowingWildcard: Bool = false) {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        for (index, label) in labels.enumerated() {
            if allowingWildcard, index == 0, label == "*", labels.count > 1 { continue }
            let isLabel =
                !label.isEmpty && !label.hasPrefix("-")
                && label.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
                    default: false
                    }
                }
            guard isLabel else { return nil }
        }
        self.labels = labels.map { $0.lowercased() }
    }

    func matches(_ host: HostName) -> Bool {
        labels.count == host.labels.count
            && zip(labels, host.labels).enumerated().allSatisfy { index, pair in
                (index == 0 && pair.0 == "*") || pair.0 == pair.1
            }
    }
}

/// IP addresses by their value.
private enum IPAddressText {
    /// - Returns: nil where the text is no address; 4 bytes for an IPv4 address however it is written.
    static func bytes(_ text: String) -> [UInt8]? {
        guard case .ip(let bytes)? = try? SubjectAlternativeName.parse(text) else { return nil }
        return unmapped(bytes)
    }

    /// An IPv4 address that is written as IPv6 (RFC 4291, section 2.5.5.2) as the 4 bytes that it is.
    static func unmapped(_ bytes: [UInt8]) -> [UInt8] {
        let prefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        return bytes.count == 16 && bytes.starts(with: prefix) ? Array(bytes.suffix(4)) : bytes
    }
}
