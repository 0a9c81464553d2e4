// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL
internal import FoundationEssentials

/// The fields of an `X509`, read one by one into Swift values.
enum X509Fields {
    static func text(of name: OpaquePointer?) throws(OpenSSLError) -> String {
        let out = try MemoryBIO.empty()
        try out.withPointer { (bio) throws(OpenSSLError) in
            // XN_FLAG_RFC2253, whose macro does not reach Swift, less the escaping of UTF-8.
            let strings = UInt(ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT)
            let flags =
                strings | UInt(ASN1_STRFLGS_DUMP_UNKNOWN | ASN1_STRFLGS_DUMP_DER) | UInt(XN_FLAG_SEP_COMMA_PLUS)
                | UInt(XN_FLAG_DN_REV | XN_FLAG_FN_SN | XN_FLAG_DUMP_UNKNOWN_FIELDS)
            guard X509_NAME_print_ex(bio, name, 0, flags) >= 0 else { throw .drained("read a name") }
        }
        return try out.text()
    }

    static func entries(_ name: OpaquePointer?, _ nid: CInt) -> [String] {
        var found: [String] = []
        var index = X509_NAME_get_index_by_NID(name, nid, -1)
        while index >= 0 {
            if let value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)) {
                var utf8: UnsafeMutablePointer<UInt8>?
                let length = ASN1_STRING_to_UTF8(&utf8, value)
                if length >= 0, let utf8 {
                    found.append(String(decoding: UnsafeBufferPointer(start: utf8, count: Int(length)), as: UTF8.self))
                    CRYPTO_free(utf8, #file, #line)
                }
            }
            index = X509_NAME_get_index_by_NID(name, nid, index)
        }
        return found
    }

    static func hexadecimal(_ number: UnsafePointer<ASN1_INTEGER>?) throws(OpenSSLError) -> String {
        let value = try check(ASN1_INTEGER_to_BN(number, nil), "read a serial number")
        defer { BN_free(value) }
        guard let digits = BN_bn2hex(value) else { throw .drained("read a serial number") }
        defer { CRYPTO_free(digits, #file, #line) }
        return String(cString: digits)
    }

    static func date(_ time: UnsafePointer<ASN1_TIME>?) throws(OpenSSLError) -> Date {
        var broken = tm()
        guard ASN1_TIME_to_tm(time, &broken) == 1 else { throw .drained("read a certificate's dates") }
        return Date(timeIntervalSince1970: TimeInterval(timegm(&broken)))
    }

    static func colons(_ octets: UnsafePointer<ASN1_OCTET_STRING>?) -> String? {
        guard let octets else { return nil }
        return bytes(octets).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }
            .joined(separator: ":")
    }

    static func bytes(_ octets: UnsafePointer<ASN1_OCTET_STRING>) -> [UInt8] {
        guard let data = ASN1_STRING_get0_data(octets) else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(octets))))
    }
}
