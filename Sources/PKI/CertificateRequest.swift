// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// A request for a certificate (PKCS#10, RFC 2986): what somebody else's CA signs.
public struct CertificateRequest: Sendable, Equatable {
    /// The encoded request.
    public let der: [UInt8]
    /// The request as a PEM block.
    public let pem: String
    /// The subject as RFC 2253 text.
    public let subject: String
    public let commonName: String?
    public let organizations: [String]
    /// The key's algorithm in words, such as `ECDSA P-256`.
    public let keyAlgorithm: String
    /// SHA-256 of the SubjectPublicKeyInfo.
    public let publicKeyFingerprint: [UInt8]
    public let extendedKeyUsages: [ExtendedKeyUsage]
    public let subjectAlternativeNames: [SubjectAlternativeName]

    /// A request, signed with the key that it is for.
    ///
    /// - Parameters:
    ///   - usages: asked for as an extension; none for no such extension.
    ///   - names: asked for as an extension.
    public static func create(
        commonName: String, organizations: [String] = [], usages: [ExtendedKeyUsage] = [],
        names: [SubjectAlternativeName] = [], key: borrowing PrivateKey
    ) throws(OpenSSLError) -> CertificateRequest {
        let handle = try RequestHandle.blank()
        return try handle.withPointer { (request) throws(OpenSSLError) in
            let subject = try check(X509_REQ_get_subject_name(request), "name the subject")
            for organization in organizations { try add(organization, as: NID_organizationName, to: subject) }
            try add(commonName, as: NID_commonName, to: subject)
            try addExtensions(usages, names, to: request)
            try key.withPointer { (pkey) throws(OpenSSLError) in
                try check(X509_REQ_set_pubkey(request, pkey), "set the key")
                // Ed25519 has its digest built in; of the other kinds SHA-256, as in our certificates.
                let digest = EVP_PKEY_is_a(pkey, "ED25519") == 1 ? nil : EVP_sha256()
                try check(X509_REQ_sign(request, pkey, digest), "sign the request")
            }
            return try CertificateRequest(reading: request)
        }
    }

    /// The first request of a PEM file.
    ///
    /// - Throws: where there is none, or it is not signed by the key that it is for.
    public static func read(pem: [UInt8]) throws(OpenSSLError) -> CertificateRequest {
        let intent = "read a certificate request"
        return try MemoryBIO.reading(pem) { (bio) throws(OpenSSLError) in
            ERR_clear_error()
            let read = PEM_read_bio_X509_REQ(bio, nil, { _, _, _, _ in -1 }, nil)
            let handle = RequestHandle(owning: try check(read, intent))
            return try handle.withPointer { (request) throws(OpenSSLError) in
                let key = try check(X509_REQ_get0_pubkey(request), intent)
                guard X509_REQ_verify(request, key) == 1 else {
                    ERR_clear_error()
                    throw OpenSSLError(intent, because: ["it is not signed by the key that it is for"])
                }
                return try CertificateRequest(reading: request)
            }
        }
    }

    private init(reading request: OpaquePointer) throws(OpenSSLError) {
        let key = try check(X509_REQ_get0_pubkey(request), "read the request's public key")
        let name = X509_REQ_get_subject_name(request)
        subject = try X509Fields.text(of: name)
        commonName = X509Fields.entries(name, NID_commonName).last
        organizations = X509Fields.entries(name, NID_organizationName)
        keyAlgorithm = PublicKey.algorithmName(of: key)
        publicKeyFingerprint = try PublicKey.fingerprint(of: key)
        let extensions = X509_REQ_get_extensions(request)
        defer { OPENSSL_sk_pop_free(extensions) { X509_EXTENSION_free($0.map { OpaquePointer($0) }) } }
        extendedKeyUsages =
            X509V3_get_d2i(extensions, NID_ext_key_usage, nil, nil).map { X509Fields.extendedKeyUsages(decoded: $0) }
            ?? []
        subjectAlternativeNames =
            X509V3_get_d2i(extensions, NID_subject_alt_name, nil, nil).map { GeneralNames.decode($0) } ?? []
        var encoded: UnsafeMutablePointer<UInt8>?
        let length = i2d_X509_REQ(request, &encoded)
        guard length > 0, let encoded else { throw .drained("encode a certificate request") }
        der = Array(UnsafeBufferPointer(start: encoded, count: Int(length)))
        CRYPTO_free(encoded, #file, #line)
        let out = try MemoryBIO.empty()
        try out.withPointer { (bio) throws(OpenSSLError) in
            try check(PEM_write_bio_X509_REQ(bio, request), "write a certificate request as PEM")
        }
        pem = try out.text()
    }

    private static func add(_ text: String, as nid: CInt, to name: OpaquePointer) throws(OpenSSLError) {
        let bytes = Array(text.utf8)
        try check(
            X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, bytes, CInt(clamping: bytes.count), -1, 0),
            "put '\(text)' into the subject")
    }

    private static func addExtensions(
        _ usages: [ExtendedKeyUsage], _ names: [SubjectAlternativeName], to request: OpaquePointer
    ) throws(OpenSSLError) {
        guard !usages.isEmpty || !names.isEmpty else { return }
        let intent = "ask for extensions"
        let extensions = try check(OPENSSL_sk_new_null(), intent)
        defer { OPENSSL_sk_pop_free(extensions) { X509_EXTENSION_free($0.map { OpaquePointer($0) }) } }
        if !usages.isEmpty {
            let text = usages.map(\.description).joined(separator: ",")
            let made = try check(X509V3_EXT_nconf_nid(nil, nil, NID_ext_key_usage, text), intent)
            try check(OPENSSL_sk_push(extensions, UnsafeRawPointer(made)), intent)
        }
        if !names.isEmpty {
            let stack = try GeneralNames.encode(names)
            defer { GENERAL_NAMES_free(stack) }
            let made = try check(X509V3_EXT_i2d(NID_subject_alt_name, 0, UnsafeMutableRawPointer(stack)), intent)
            try check(OPENSSL_sk_push(extensions, UnsafeRawPointer(made)), intent)
        }
        try check(X509_REQ_add_extensions(request, extensions), intent)
    }
}

/// The only owner of an `X509_REQ`, which it frees.
private struct RequestHandle: ~Copyable {
    private let request: OpaquePointer

    init(owning request: OpaquePointer) { self.request = request }

    deinit { X509_REQ_free(request) }

    static func blank() throws(OpenSSLError) -> RequestHandle {
        RequestHandle(owning: try check(X509_REQ_new(), "make a certificate request"))
    }

    func withPointer<R>(_ body: (OpaquePointer) throws(OpenSSLError) -> R) throws(OpenSSLError) -> R {
        try body(request)
    }
}
