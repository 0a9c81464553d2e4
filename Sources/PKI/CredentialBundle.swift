// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// A certificate with its key and its CAs in one encrypted file (PKCS#12, RFC 7292).
public struct CredentialBundle: ~Copyable {
    public let certificate: Certificate
    public let key: PrivateKey
    /// In the order of the file.
    public let authorities: [Certificate]

    /// How often the passphrase is hashed: ten times OpenSSL's default, still a few milliseconds.
    private static let iterations: CInt = 20480

    /// Encrypts with AES-256 in CBC mode and authenticates with SHA-256, as OpenSSL 3 does by default.
    ///
    /// - Returns: the file's bytes.
    public static func seal(
        certificate: Certificate, key: borrowing PrivateKey, authorities: [Certificate], name: String,
        passphrase: borrowing SecretBytes
    ) throws(OpenSSLError) -> [UInt8] {
        let intent = "seal a PKCS#12 file"
        let others = try check(OPENSSL_sk_new_null(), intent)
        defer { OPENSSL_sk_pop_free(others) { X509_free($0.map { OpaquePointer($0) }) } }
        for authority in authorities {
            try X509Handle.parse(der: authority.der).withPointer { (x509) throws(OpenSSLError) in
                try check(X509_up_ref(x509), intent)
                try check(OPENSSL_sk_push(others, UnsafeRawPointer(x509)), intent)
            }
        }
        let handle = try X509Handle.parse(der: certificate.der)
        return try handle.withPointer { (x509) throws(OpenSSLError) in
            try key.withPointer { (pkey) throws(OpenSSLError) in
                try withCString(passphrase) { (secret) throws(OpenSSLError) in
                    let made = try check(
                        PKCS12_create(
                            secret, name, pkey, x509, others, NID_aes_256_cbc, NID_aes_256_cbc, iterations, iterations,
                            0),
                        intent)
                    defer { PKCS12_free(made) }
                    // PKCS12_create authenticates with the default digest of OpenSSL, which is SHA-256 since 3.0.
                    try check(PKCS12_set_mac(made, secret, -1, nil, 0, iterations, EVP_sha256()), intent)
                    var encoded: UnsafeMutablePointer<UInt8>?
                    let length = i2d_PKCS12(made, &encoded)
                    guard length > 0, let encoded else { throw .drained(intent) }
                    defer { CRYPTO_free(encoded, #file, #line) }
                    return Array(UnsafeBufferPointer(start: encoded, count: Int(length)))
                }
            }
        }
    }

    /// Opens a file that this or another program sealed.
    ///
    /// - Throws: where it is no PKCS#12 file, the passphrase is not its own, it is damaged, it has no key or no
    ///   certificate, or it is encrypted in a way that OpenSSL no longer opens (RC2, as older programs do).
    public static func open(
        _ bytes: [UInt8], passphrase: borrowing SecretBytes
    ) throws(OpenSSLError) -> CredentialBundle {
        let intent = "open a PKCS#12 file"
        ERR_clear_error()
        let file: OpaquePointer? = bytes.span.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            return d2i_PKCS12(nil, &position, buffer.count)
        }
        guard let file else {
            ERR_clear_error()
            throw OpenSSLError(intent, because: ["it is not a PKCS#12 file, or not all of one"])
        }
        defer { PKCS12_free(file) }
        var pkey: OpaquePointer?
        var x509: OpaquePointer?
        var others: OpaquePointer?
        try withCString(passphrase) { (secret) throws(OpenSSLError) in
            guard PKCS12_verify_mac(file, secret, -1) == 1 else {
                ERR_clear_error()
                throw OpenSSLError(intent, because: ["the passphrase does not open it, or it is damaged"])
            }
            try check(PKCS12_parse(file, secret, &pkey, &x509, &others), intent)
        }
        defer {
            X509_free(x509)
            OPENSSL_sk_pop_free(others) { X509_free($0.map { OpaquePointer($0) }) }
        }
        guard let pkey else { throw OpenSSLError(intent, because: ["there is no private key in it"]) }
        let key = PrivateKey(owning: pkey)
        guard let x509 else { throw OpenSSLError(intent, because: ["there is no certificate for its key in it"]) }
        var authorities: [Certificate] = []
        for index in 0..<max(OPENSSL_sk_num(others), 0) {
            guard let other = OPENSSL_sk_value(others, index) else { continue }
            authorities.append(try certificate(OpaquePointer(other)))
        }
        return CredentialBundle(certificate: try certificate(x509), key: key, authorities: authorities)
    }

    private static func certificate(_ x509: OpaquePointer) throws(OpenSSLError) -> Certificate {
        try Certificate(der: X509Handle.der(of: x509))
    }

    /// Lends the secret as a C string, in memory that is wiped.
    private static func withCString<R>(
        _ secret: borrowing SecretBytes, _ body: (UnsafePointer<CChar>) throws(OpenSSLError) -> R
    ) throws(OpenSSLError) -> R {
        let ended = SecretBytes.reading(upTo: secret.count + 1) { buffer in
            secret.withBytes { buffer.copyMemory(from: $0) }
            buffer[secret.count] = 0
            return secret.count + 1
        }
        return try ended.withBytes { (bytes) throws(OpenSSLError) in
            guard let start = bytes.baseAddress else {
                throw OpenSSLError("use a passphrase", because: ["it is empty"])
            }
            return try body(start.assumingMemoryBound(to: CChar.self))
        }
    }
}
