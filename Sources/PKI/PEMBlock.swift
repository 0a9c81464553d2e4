// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL
internal import FoundationEssentials

/// The blocks of a PEM file (RFC 7468).
public enum PEMBlock {
    /// What the blocks of a file call themselves, in order, such as `CERTIFICATE` or `EC PRIVATE KEY`; damaged ones too.
    public static func kinds(in pem: [UInt8]) -> [String] {
        pem.span.withUnsafeBytes { kinds(in: $0) }
    }

    /// What the blocks of a file call themselves, in order, where the file may hold a key.
    public static func kinds(in pem: borrowing SecretBytes) -> [String] {
        pem.withBytes { kinds(in: $0) }
    }

    static func kinds(in pem: UnsafeRawBufferPointer) -> [String] {
        let begin = Array("-----BEGIN ".utf8)
        let end = Array("-----".utf8)
        return pem.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).compactMap { line in
            guard line.starts(with: begin) else { return nil }
            let rest = line.dropFirst(begin.count)
            // A label is some words; what is longer is no label, and perhaps somebody's secret.
            guard let dash = rest.firstIndex(of: end[0]), rest[dash...].starts(with: end), dash - rest.startIndex <= 64
            else { return nil }
            return String(decoding: rest[..<dash], as: UTF8.self)
        }
    }

    /// What stands in the blocks of these kinds, decoded; whatever stands between the blocks is passed over, as Go does.
    static func contents(
        ofKinds wanted: Set<String>, in pem: [UInt8], _ intent: String
    ) throws(OpenSSLError) -> [[UInt8]] {
        try pem.span.withUnsafeBytes { (bytes) throws(OpenSSLError) in
            try contents(ofKinds: wanted, in: bytes, intent)
        }
    }

    static func contents(
        ofKinds wanted: Set<String>, in pem: UnsafeRawBufferPointer, _ intent: String
    ) throws(OpenSSLError) -> [[UInt8]] {
        try MemoryBIO.reading(pem) { (bio) throws(OpenSSLError) in
            var blocks: [[UInt8]] = []
            while true {
                ERR_clear_error()
                var name: UnsafeMutablePointer<CChar>?
                var header: UnsafeMutablePointer<CChar>?
                var data: UnsafeMutablePointer<UInt8>?
                var length = 0
                guard PEM_read_bio(bio, &name, &header, &data, &length) == 1, let name, let data else {
                    let isEnd = PEMReason.isNoStartLine(ERR_peek_last_error())
                    if isEnd {
                        ERR_clear_error()
                        return blocks
                    }
                    throw .drained(intent)
                }
                defer {
                    CRYPTO_free(name, #file, #line)
                    CRYPTO_free(header, #file, #line)
                    OPENSSL_cleanse(data, length)  // the block may have been a key
                    CRYPTO_free(data, #file, #line)
                }
                if wanted.contains(String(cString: name)) {
                    blocks.append(Array(UnsafeBufferPointer(start: data, count: length)))
                }
            }
        }
    }

    /// A block that holds `der`.
    static func text(_ kind: String, _ der: [UInt8]) -> String {
        var lines: [Substring] = []
        var rest = Substring(Data(der).base64EncodedString())
        while !rest.isEmpty {
            lines.append(rest.prefix(64))  // RFC 7468, section 2
            rest = rest.dropFirst(64)
        }
        return "-----BEGIN \(kind)-----\n" + lines.joined(separator: "\n") + "\n-----END \(kind)-----\n"
    }
}

/// OpenSSL's reason codes for PEM, whose macros do not reach Swift.
enum PEMReason {
    /// Whether the error only says that no further block begins.
    static func isNoStartLine(_ code: CUnsignedLong) -> Bool {
        // ERR_GET_LIB and ERR_GET_REASON of openssl/err.h.
        CInt((code >> 23) & 0xFF) == ERR_LIB_PEM && CInt(code & 0x7FFFFF) == PEM_R_NO_START_LINE
    }
}
