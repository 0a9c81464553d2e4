// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// The extensions of a certificate or of a request, read.
///
/// One that is there twice or cannot be decoded is an error, as it is to Go: taken for absent, it would allow everything.
struct X509Extensions {
    /// A `STACK_OF(X509_EXTENSION)`, lent by whom it belongs to; nil where there are none.
    let stack: OpaquePointer?

    /// Whether basicConstraints says CA:TRUE, whatever the key usage allows.
    func saysCA() throws(OpenSSLError) -> Bool {
        guard let decoded = try decoded(NID_basic_constraints, "basic constraints") else { return false }
        let constraints = decoded.assumingMemoryBound(to: BASIC_CONSTRAINTS.self)
        defer { BASIC_CONSTRAINTS_free(constraints) }
        return constraints.pointee.ca != 0
    }

    /// RFC 5280, section 4.2.1.3, in the order of its bits.
    private static let usageNames = [
        "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign",
        "cRLSign", "encipherOnly", "decipherOnly",
    ]

    func keyUsages() throws(OpenSSLError) -> [String] {
        guard let decoded = try decoded(NID_key_usage, "key usage") else { return [] }
        let bits = decoded.assumingMemoryBound(to: ASN1_BIT_STRING.self)
        defer { ASN1_BIT_STRING_free(bits) }
        return Self.usageNames.enumerated().filter { ASN1_BIT_STRING_get_bit(bits, CInt($0.offset)) == 1 }
            .map(\.element)
    }

    func extendedKeyUsages() throws(OpenSSLError) -> [ExtendedKeyUsage] {
        guard let decoded = try decoded(NID_ext_key_usage, "extended key usage") else { return [] }
        let usages = OpaquePointer(decoded)
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

    func subjectAlternativeNames() throws(OpenSSLError) -> [SubjectAlternativeName] {
        guard let decoded = try decoded(NID_subject_alt_name, "subject alternative name") else { return [] }
        let names = OpaquePointer(decoded)
        defer { GENERAL_NAMES_free(names) }
        return (0..<max(OPENSSL_sk_num(names), 0)).map { index in
            let name = OPENSSL_sk_value(names, index).map { $0.assumingMemoryBound(to: GENERAL_NAME.self) }
            var kind: CInt = 0
            let value = GENERAL_NAME_get0_value(name, &kind).map { $0.assumingMemoryBound(to: ASN1_STRING.self) }
            let isText = [GEN_DNS, GEN_EMAIL, GEN_URI].contains(kind)
            guard isText || kind == GEN_IPADD, let value, let data = ASN1_STRING_get0_data(value) else {
                return .other("general name of type \(kind)")
            }
            let bytes = Array(UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(value))))
            switch kind {
            case GEN_DNS: return .dns(String(decoding: bytes, as: UTF8.self))
            case GEN_IPADD: return .ip(bytes)
            default: return .other(String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    private func decoded(_ nid: CInt, _ name: String) throws(OpenSSLError) -> UnsafeMutableRawPointer? {
        var isCritical: CInt = 0
        if let value = X509V3_get_d2i(stack, nid, &isCritical, nil) { return value }
        let intent = "read the extension \(name)"
        switch isCritical {
        case -1: return nil
        case -2: throw OpenSSLError(intent, because: ["it is there twice"])
        default: throw .drained(intent)
        }
    }
}
