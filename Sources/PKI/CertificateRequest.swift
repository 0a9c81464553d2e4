// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// A request for a certificate (PKCS#10, RFC 2986): a public key, the names it asks for, and the key's own signature.
public struct CertificateRequest: Sendable, Equatable {
    /// The encoded request.
    public let der: [UInt8]
    /// The subject it asks for, as RFC 2253 text.
    public let subject: String
    /// The subject's last common name.
    public let commonName: String?
    /// The subject's organizations, in order.
    public let organizations: [String]
    /// How many attributes the subject has: organizations, common names, and any other.
    public let subjectAttributeCount: Int
    /// The key's algorithm in words, such as `ECDSA P-256` or `RSA 2048`.
    public let keyAlgorithm: String
    /// Why no certificate should be made for its key; nil where one may. An RSA key needs 2048 bits and an exponent of
    /// 65537 or more (NIST SP 800-56B, section 6.2), any other must be of a kind that Go verifies.
    public let keyWeakness: String?
    /// SHA-256 of the SubjectPublicKeyInfo, to be compared with a key's and a certificate's.
    public let publicKeyFingerprint: [UInt8]
    /// The key usages it asks for by their RFC 5280 names; empty where it asks for none.
    public let keyUsages: [String]
    /// The extended key usages it asks for; empty where it asks for none.
    public let extendedKeyUsages: [ExtendedKeyUsage]
    /// The further names it asks for.
    public let subjectAlternativeNames: [SubjectAlternativeName]
    /// Whether it asks for a certificate that may sign others.
    public let asksForAuthority: Bool

    /// The request as a PEM block.
    public var pem: String { PEMBlock.text("CERTIFICATE REQUEST", der) }

    /// A request that `key` has signed.
    public static func create(
        commonName: String, organizations: [String] = [], usages: [ExtendedKeyUsage],
        names: [SubjectAlternativeName] = [], key: borrowing PrivateKey
    ) throws(OpenSSLError) -> CertificateRequest {
        let request = try RequestHandle.blank()
        try request.withPointer { (request) throws(OpenSSLError) in
            try check(X509_REQ_set_version(request, 0), "set the version")  // 0 stands for v1, the only one
            try DistinguishedName.fill(
                X509_REQ_get_subject_name(request), commonName: commonName, organizations: organizations)
            let extensions = try ExtensionStack()
            try key.withPointer { (pkey) throws(OpenSSLError) in
                try check(X509_REQ_set_pubkey(request, pkey), "set the key")
                try extensions.addUses(usages, names: names, key: pkey)
                try extensions.withPointer { (stack) throws(OpenSSLError) in
                    try check(X509_REQ_add_extensions(request, stack), "add the extensions")
                }
                try check(X509_REQ_sign(request, pkey, PublicKey.digest(for: pkey)), "sign the request")
            }
        }
        return try CertificateRequest(der: try request.der())
    }

    /// The one request of a PEM file, after checking that it was signed with the key it asks for.
    ///
    /// - Throws: where there is none or more than one, it cannot be read, or its signature does not fit.
    public static func read(pem: [UInt8]) throws(OpenSSLError) -> CertificateRequest {
        let intent = "read a certificate request"
        // The second name is the one of Microsoft's and keytool's tools.
        let blocks = try PEMBlock.contents(
            ofKinds: ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"], in: pem, intent)
        guard let first = blocks.first else {
            throw OpenSSLError(intent, because: ["there is no CERTIFICATE REQUEST block in it"])
        }
        guard blocks.count == 1 else { throw OpenSSLError(intent, because: ["there are \(blocks.count) in it"]) }
        return try CertificateRequest(der: first)
    }

    /// Reads one DER request, and checks that it was signed with the key it asks for.
    public init(der: [UInt8]) throws(OpenSSLError) {
        let handle = try RequestHandle.parse(der: der)
        self = try handle.withPointer { (request) throws(OpenSSLError) in
            try CertificateRequest(reading: request, der: der)
        }
    }

    private init(reading request: OpaquePointer, der: [UInt8]) throws(OpenSSLError) {
        let key = try check(X509_REQ_get0_pubkey(request), "read the request's public key")
        guard X509_REQ_verify(request, key) == 1 else {
            ERR_clear_error()
            throw OpenSSLError(
                "read a certificate request", because: ["it is not signed with the key it asks a certificate for"])
        }
        let name = X509_REQ_get_subject_name(request)
        self.der = der
        subject = try X509Fields.text(of: name)
        commonName = X509Fields.entries(name, NID_commonName).last
        organizations = X509Fields.entries(name, NID_organizationName)
        subjectAttributeCount = Int(X509_NAME_entry_count(name))
        keyAlgorithm = PublicKey.algorithmName(of: key)
        keyWeakness = PublicKey.weakness(of: key) ?? PublicKey.exponentWeakness(of: key)
        publicKeyFingerprint = try PublicKey.fingerprint(of: key)
        try Self.refuseSecondExtensions(in: request)
        let stack = X509_REQ_get_extensions(request)
        defer { OPENSSL_sk_pop_free(stack) { X509_EXTENSION_free($0.map { OpaquePointer($0) }) } }
        let extensions = X509Extensions(stack: stack)
        keyUsages = try extensions.keyUsages()
        extendedKeyUsages = try extensions.extendedKeyUsages()
        subjectAlternativeNames = try extensions.subjectAlternativeNames()
        asksForAuthority = try extensions.saysCA()
    }

    /// OpenSSL reads the first list of extensions, and Go's crypto/x509, with which Kubernetes signs, all of them: what
    /// is judged by the one would be signed by the other.
    private static func refuseSecondExtensions(in request: OpaquePointer) throws(OpenSSLError) {
        let kinds = [NID_ext_req, NID_ms_ext_req]
        let lists = (0..<max(X509_REQ_get_attr_count(request), 0)).map { X509_REQ_get_attr(request, $0) }
            .filter { kinds.contains(OBJ_obj2nid(X509_ATTRIBUTE_get0_object($0))) }
            .map { X509_ATTRIBUTE_count($0) }
        guard lists.allSatisfy({ $0 == 1 }), lists.count <= 1 else {
            throw OpenSSLError("read a certificate request", because: ["it has more than one list of extensions"])
        }
    }

    /// Lends the public key for the length of `body`.
    func withPublicKey<R>(_ body: (OpaquePointer) throws(OpenSSLError) -> R) throws(OpenSSLError) -> R {
        let handle = try RequestHandle.parse(der: der)
        return try handle.withPointer { (request) throws(OpenSSLError) in
            try body(try check(X509_REQ_get0_pubkey(request), "read the request's public key"))
        }
    }
}

/// The only owner of an `X509_REQ`, which it frees.
struct RequestHandle: ~Copyable {
    private let request: OpaquePointer

    private init(owning request: OpaquePointer) { self.request = request }

    deinit { X509_REQ_free(request) }

    static func blank() throws(OpenSSLError) -> RequestHandle {
        RequestHandle(owning: try check(X509_REQ_new(), "make a certificate request"))
    }

    /// A request read from DER, all of which must be used up.
    static func parse(der: [UInt8]) throws(OpenSSLError) -> RequestHandle {
        let intent = "read a certificate request"
        ERR_clear_error()
        return try der.span.withUnsafeBufferPointer { (buffer) throws(OpenSSLError) in
            guard let start = buffer.baseAddress else { throw OpenSSLError(intent, because: ["it is empty"]) }
            var position: UnsafePointer<UInt8>? = start
            let handle = RequestHandle(owning: try check(d2i_X509_REQ(nil, &position, buffer.count), intent))
            guard position == start + buffer.count else {
                throw OpenSSLError(intent, because: ["there is something after its end"])
            }
            return handle
        }
    }

    func withPointer<R>(_ body: (OpaquePointer) throws(OpenSSLError) -> R) throws(OpenSSLError) -> R {
        try body(request)
    }

    func der() throws(OpenSSLError) -> [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        let length = i2d_X509_REQ(request, &encoded)
        guard length > 0, let encoded else { throw .drained("encode a certificate request") }
        defer { CRYPTO_free(encoded, #file, #line) }
        return Array(UnsafeBufferPointer(start: encoded, count: Int(length)))
    }
}
