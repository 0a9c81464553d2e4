// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// A private key. This value is the only owner of its `EVP_PKEY`, and frees it.
///
/// It cannot be copied and is not `Sendable`: a key never crosses an `await`. What leaves is PEM, in bytes that are wiped.
public struct PrivateKey: ~Copyable {
    private let pkey: OpaquePointer

    // Cannot fail, so that no half-made value reaches `deinit`; the factories below do the failing.
    init(owning pkey: OpaquePointer) { self.pkey = pkey }

    deinit { EVP_PKEY_free(pkey) }

    /// A fresh key.
    public static func generate(_ algorithm: KeyAlgorithm) throws(OpenSSLError) -> PrivateKey {
        let intent = "generate a key (\(algorithm.rawValue))"
        let context = try check(
            EVP_PKEY_CTX_new_from_name(nil, algorithm.curve == nil ? "RSA" : "EC", nil), intent)
        defer { EVP_PKEY_CTX_free(context) }
        try check(EVP_PKEY_keygen_init(context), intent)
        if let curve = algorithm.curve {
            try check(EVP_PKEY_CTX_set_group_name(context, curve), intent)
        }
        if let bits = algorithm.modulusBits {
            try check(EVP_PKEY_CTX_set_rsa_keygen_bits(context, CInt(bits)), intent)
        }
        var made: OpaquePointer?
        try check(EVP_PKEY_generate(context, &made), intent)
        return PrivateKey(owning: try check(made, intent))
    }

    /// The key in a PEM file: PKCS#8, PKCS#1 or SEC 1, with whatever other blocks before it.
    ///
    /// - Throws: where there is no key, or it is encrypted: nothing here asks for a passphrase.
    public static func read(pem: [UInt8]) throws(OpenSSLError) -> PrivateKey {
        try pem.span.withUnsafeBytes { (bytes) throws(OpenSSLError) in
            try read(bytes, passphrase: UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }

    /// The same from bytes that are wiped, and, with a passphrase, from an encrypted key (PKCS#8 or traditional).
    ///
    /// - Throws: an error that `needsPassphrase` where the key is encrypted and no passphrase is given.
    public static func read(
        pem: borrowing SecretBytes, passphrase: borrowing SecretBytes?
    ) throws(OpenSSLError) -> PrivateKey {
        try pem.withBytes { (bytes) throws(OpenSSLError) in
            switch passphrase {
            case .some(let secret):
                try secret.withBytes { (secret) throws(OpenSSLError) in try read(bytes, passphrase: secret) }
            case .none: try read(bytes, passphrase: UnsafeRawBufferPointer(start: nil, count: 0))
            }
        }
    }

    private static func read(
        _ pem: UnsafeRawBufferPointer, passphrase: UnsafeRawBufferPointer
    ) throws(OpenSSLError) -> PrivateKey {
        let intent = "read a private key"
        var lent = passphrase
        return try MemoryBIO.reading(pem) { (bio) throws(OpenSSLError) in
            ERR_clear_error()
            let read = withUnsafeMutablePointer(to: &lent) { lent in
                // Without this callback OpenSSL would ask on the terminal.
                PEM_read_bio_PrivateKey(
                    bio, nil,
                    { buffer, size, _, context in
                        guard let secret = context?.assumingMemoryBound(to: UnsafeRawBufferPointer.self).pointee,
                            let start = secret.baseAddress, let buffer, secret.count <= size
                        else { return -1 }
                        buffer.update(from: start.assumingMemoryBound(to: CChar.self), count: secret.count)
                        return CInt(secret.count)
                    }, lent)
            }
            if let read { return PrivateKey(owning: read) }
            let error = OpenSSLError.drained(intent)
            let text = String(decoding: pem.prefix(65536), as: UTF8.self)
            if text.contains("ENCRYPTED") {
                guard passphrase.count > 0 else {
                    throw OpenSSLError(
                        intent, because: ["it is encrypted"],
                        hint: "openssl pkey -in FILE -out DECRYPTED-FILE   # and chmod 600 it", needsPassphrase: true)
                }
                throw OpenSSLError(intent, because: ["the passphrase does not open it"] + error.reasons)
            }
            if !text.contains("PRIVATE KEY-----") {
                throw OpenSSLError(intent, because: ["there is no PRIVATE KEY block in it"])
            }
            throw error
        }
    }

    /// The key as PKCS#8 PEM, as kube-apiserver reads it.
    public func pem() throws(OpenSSLError) -> SecretBytes {
        let out = try MemoryBIO.empty()
        try out.withPointer { (bio) throws(OpenSSLError) in
            try check(PEM_write_bio_PKCS8PrivateKey(bio, pkey, nil, nil, 0, nil, nil), "write a key as PEM")
        }
        return try out.secret()
    }

    /// The public half as a SubjectPublicKeyInfo PEM block, as kube-apiserver's `--service-account-key-file` takes it.
    public func publicKeyPEM() throws(OpenSSLError) -> String {
        let out = try MemoryBIO.empty()
        try out.withPointer { (bio) throws(OpenSSLError) in
            try check(PEM_write_bio_PUBKEY(bio, pkey), "write a public key as PEM")
        }
        return try out.text()
    }

    /// SHA-256 of the SubjectPublicKeyInfo: the same for a key and every certificate made for it.
    public func publicKeyFingerprint() throws(OpenSSLError) -> [UInt8] {
        try PublicKey.fingerprint(of: pkey)
    }

    /// The algorithm in words, such as `ECDSA P-256` or `RSA 2048`.
    public var algorithmName: String { PublicKey.algorithmName(of: pkey) }

    /// Whether the key is RSA: its certificates may encipher keys, others' may not (RFC 8813, section 3).
    var isRSA: Bool { EVP_PKEY_is_a(pkey, "RSA") == 1 }

    /// Lends the pointer for the length of `body`.
    func withPointer<R>(_ body: (OpaquePointer) throws(OpenSSLError) -> R) throws(OpenSSLError) -> R {
        try body(pkey)
    }
}
