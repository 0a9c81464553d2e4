// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A name that a certificate is valid for.
public enum SubjectAlternativeName: Hashable, Sendable, CustomStringConvertible {
    /// A DNS name; the leftmost label may be `*`.
    case dns(String)
    /// An address: 4 or 16 bytes in network order.
    case ip([UInt8])
    /// Any other kind, as text; read, never written.
    case other(String)

    /// A DNS name or an address from text such as `10.0.0.1`, `::1`, `name.example`, `*.example`.
    ///
    /// - Throws: where it is neither: RFC 1123 letters, digits and dashes, labels of 1 to 63, 253 in all.
    public static func parse(_ text: String) throws(OpenSSLError) -> SubjectAlternativeName {
        if let bytes = address(text) { return .ip(bytes) }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isName =
            text.utf8.count <= 253 && !labels.isEmpty
            && labels.enumerated().allSatisfy { index, label in
                (index == 0 && label == "*" && labels.count > 1) || isLabel(label)
            }
        // All digits and dots would be an address that is none, such as 10.0.0.256.
        guard isName, text.contains(where: { $0.isLetter }) else {
            throw OpenSSLError("read '\(text)' as a name", because: ["it is neither a DNS name nor an IP address"])
        }
        return .dns(text)
    }

    public var description: String {
        switch self {
        case .dns(let name): name
        case .ip(let bytes): Self.text(of: bytes)
        case .other(let text): text
        }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D
            }
    }

    private static func address(_ text: String) -> [UInt8]? {
        for (family, size) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: size)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }

    private static func text(of bytes: [UInt8]) -> String {
        guard bytes.count == 4 || bytes.count == 16 else { return "address of \(bytes.count) bytes" }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else {
            return "unreadable address"
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// What a certificate may be used for.
public enum ExtendedKeyUsage: Hashable, Sendable, CustomStringConvertible {
    case clientAuth
    case serverAuth
    /// Any other, by its object identifier.
    case other(String)

    public var description: String {
        switch self {
        case .clientAuth: "clientAuth"
        case .serverAuth: "serverAuth"
        case .other(let identifier): identifier
        }
    }
}
