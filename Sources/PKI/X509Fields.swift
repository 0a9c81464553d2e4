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
        guard let octets, let data = ASN1_STRING_get0_data(octets) else { return nil }
        return UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(octets)))
            .map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }
            .joined(separator: ":")
    }

    /// Whether basicConstraints says CA:TRUE, whatever the key usage allows.
    static func saysCA(_ x509: OpaquePointer) -> Bool {
        guard let decoded = X509_get_ext_d2i(x509, NID_basic_constraints, nil, nil) else { return false }
        let constraints = decoded.assumingMemoryBound(to: BASIC_CONSTRAINTS.self)
        defer { BASIC_CONSTRAINTS_free(constraints) }
        return constraints.pointee.ca != 0
    }

    /// RFC 5280, section 4.2.1.3, in OpenSSL's bits.
    private static let usageNames: [(bit: CInt, name: String)] = [
        (KU_DIGITAL_SIGNATURE, "digitalSignature"), (KU_NON_REPUDIATION, "nonRepudiation"),
        (KU_KEY_ENCIPHERMENT, "keyEncipherment"), (KU_DATA_ENCIPHERMENT, "dataEncipherment"),
        (KU_KEY_AGREEMENT, "keyAgreement"), (KU_KEY_CERT_SIGN, "keyCertSign"), (KU_CRL_SIGN, "cRLSign"),
        (KU_ENCIPHER_ONLY, "encipherOnly"), (KU_DECIPHER_ONLY, "decipherOnly"),
    ]

    static func keyUsages(_ x509: OpaquePointer) -> [String] {
        let bits = X509_get_key_usage(x509)
        guard bits != UInt32.max else { return [] }  // OpenSSL's word for an absent extension
        return usageNames.filter { bits & UInt32($0.bit) != 0 }.map(\.name)
    }

    static func extendedKeyUsages(_ x509: OpaquePointer) -> [ExtendedKeyUsage] {
        guard let stack = X509_get_ext_d2i(x509, NID_ext_key_usage, nil, nil) else { return [] }
        return extendedKeyUsages(decoded: stack)
    }

    /// - Parameter stack: freed here.
    static func extendedKeyUsages(decoded stack: UnsafeMutableRawPointer) -> [ExtendedKeyUsage] {
        let usages = OpaquePointer(stack)
        defer { EXTENDED_KEY_USAGE_free(usages) }
        return (0..<max(OPENSSL_sk_num(usages), 0)).map { index in
            let object = OPENSSL_sk_value(usages, index).map { OpaquePointer($0) }
            switch OBJ_obj2nid(object) {
            case NID_client_auth: return .clientAuth
            case NID_server_auth: return .serverAuth
            default:
                var text = [CChar](repeating: 0, count: 80)
                let length = OBJ_obj2txt(&text, CInt(text.count), object, 1)
                let shown = text.prefix(max(0, min(Int(length), text.count - 1))).map { UInt8(bitPattern: $0) }
                return .other(String(decoding: shown, as: UTF8.self))
            }
        }
    }

    static func subjectAlternativeNames(_ x509: OpaquePointer) -> [SubjectAlternativeName] {
        guard let stack = X509_get_ext_d2i(x509, NID_subject_alt_name, nil, nil) else { return [] }
        return GeneralNames.decode(stack)
    }
}
