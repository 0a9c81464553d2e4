// SPDX-License-Identifier: Apache-2.0

internal import PKI

/// IP addresses as bytes in network order.
enum NetworkAddress {
    /// 4 or 16 bytes; nil for what is no address.
    static func bytes(_ text: String) -> [UInt8]? {
        guard case .ip(let bytes) = try? SubjectAlternativeName.parse(text) else { return nil }
        return bytes
    }
}
