// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// Extensions on their way into a certificate or a request. This value owns them, and frees them.
struct ExtensionStack: ~Copyable {
    private let stack: OpaquePointer

    init() throws(OpenSSLError) { stack = try check(OPENSSL_sk_new_null(), "make extensions") }

    deinit { OPENSSL_sk_pop_free(stack) { X509_EXTENSION_free($0.map { OpaquePointer($0) }) } }

    /// What a certificate that signs nothing may be used for, and its names: the same when asked for and when issued.
    ///
    /// - Parameter key: only RSA keys encipher keys; on an EC certificate the bit is an error (RFC 8813, section 3).
    func addUses(_ usages: [ExtendedKeyUsage], names: [SubjectAlternativeName], key: OpaquePointer) throws(OpenSSLError)
    {
        let isRSA = EVP_PKEY_is_a(key, "RSA") == 1
        try add(NID_key_usage, "critical,digitalSignature" + (isRSA ? ",keyEncipherment" : ""))
        try addExtendedKeyUsages(usages)
        try addNames(names)
    }

    /// Constant text only: names from outside would inject through OpenSSL's commas and sections.
    func add(_ nid: CInt, _ value: StaticString) throws(OpenSSLError) { try add(nid, "\(value)") }

    func addSubjectKeyIdentifier(_ identifier: [UInt8]) throws(OpenSSLError) {
        let intent = "add the subject key identifier"
        let octets = try Self.octets(identifier, intent)
        defer { ASN1_OCTET_STRING_free(octets) }
        try push(NID_subject_key_identifier, octets, intent)
    }

    func addAuthorityKeyIdentifier(_ identifier: [UInt8]) throws(OpenSSLError) {
        let intent = "add the authority key identifier"
        guard let authority = AUTHORITY_KEYID_new() else { throw .drained(intent) }
        defer { AUTHORITY_KEYID_free(authority) }  // frees the octets as well
        authority.pointee.keyid = try Self.octets(identifier, intent)
        try push(NID_authority_key_identifier, authority, intent)
    }

    /// Lends each extension in turn.
    func lendEach(_ body: (OpaquePointer) throws(OpenSSLError) -> Void) throws(OpenSSLError) {
        for index in 0..<OPENSSL_sk_num(stack) {
            try body(try check(OPENSSL_sk_value(stack, index).map { OpaquePointer($0) }, "read an extension back"))
        }
    }

    /// Lends OpenSSL's `STACK_OF(X509_EXTENSION)`.
    func withPointer<R>(_ body: (OpaquePointer) throws(OpenSSLError) -> R) throws(OpenSSLError) -> R {
        try body(stack)
    }

    private func add(_ nid: CInt, _ value: String) throws(OpenSSLError) {
        let intent = "add the extension \(value)"
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, nil, nil, nil, nil, 0)
        try push(try check(X509V3_EXT_nconf_nid(nil, &context, nid, value), intent), intent)
    }

    private func addExtendedKeyUsages(_ usages: [ExtendedKeyUsage]) throws(OpenSSLError) {
        guard !usages.isEmpty else { return }
        let intent = "add the extended key usages"
        let objects = try check(EXTENDED_KEY_USAGE_new(), intent)
        defer { EXTENDED_KEY_USAGE_free(objects) }
        for usage in usages {
            // Names or dotted numbers; anything else is an error here.
            let object = try check(OBJ_txt2obj(usage.description, 0), "\(intent): '\(usage)' is none")
            guard OPENSSL_sk_push(objects, UnsafeRawPointer(object)) > 0 else {
                ASN1_OBJECT_free(object)
                throw .drained(intent)
            }
        }
        try push(NID_ext_key_usage, UnsafeMutableRawPointer(objects), intent)
    }

    private func addNames(_ names: [SubjectAlternativeName]) throws(OpenSSLError) {
        guard !names.isEmpty else { return }
        let intent = "add the subject alternative names"
        let general = try check(GENERAL_NAMES_new(), intent)
        defer { GENERAL_NAMES_free(general) }
        for name in names {
            let (bytes, kind, stringType): ([UInt8], CInt, CInt)
            switch name {
            case .dns(let text): (bytes, kind, stringType) = (Array(text.utf8), GEN_DNS, V_ASN1_IA5STRING)
            case .ip(let address): (bytes, kind, stringType) = (address, GEN_IPADD, V_ASN1_OCTET_STRING)
            case .other(let text): throw OpenSSLError(intent, because: ["'\(text)' is of a kind that is not written"])
            }
            guard let entry = GENERAL_NAME_new() else { throw .drained(intent) }
            guard OPENSSL_sk_push(general, entry) > 0 else {
                GENERAL_NAME_free(entry)
                throw .drained(intent)
            }
            guard let value = ASN1_STRING_type_new(stringType) else { throw .drained(intent) }
            GENERAL_NAME_set0_value(entry, kind, value)
            try check(ASN1_STRING_set(value, bytes, CInt(clamping: bytes.count)), intent)
        }
        try push(NID_subject_alt_name, UnsafeMutableRawPointer(general), intent)
    }

    private func push(_ nid: CInt, _ value: UnsafeMutableRawPointer, _ intent: String) throws(OpenSSLError) {
        try push(try check(X509V3_EXT_i2d(nid, 0, value), intent), intent)
    }

    private func push(_ made: OpaquePointer, _ intent: String) throws(OpenSSLError) {
        guard OPENSSL_sk_push(stack, UnsafeRawPointer(made)) > 0 else {
            X509_EXTENSION_free(made)
            throw .drained(intent)
        }
    }

    private static func octets(
        _ bytes: [UInt8], _ intent: String
    ) throws(OpenSSLError) -> UnsafeMutablePointer<ASN1_OCTET_STRING> {
        guard let octets = ASN1_OCTET_STRING_new() else { throw .drained(intent) }
        guard ASN1_OCTET_STRING_set(octets, bytes, CInt(clamping: bytes.count)) == 1 else {
            ASN1_OCTET_STRING_free(octets)
            throw .drained(intent)
        }
        return octets
    }
}
