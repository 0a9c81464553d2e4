// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// A private key. This value is the only owner of its `EVP_PKEY`, and frees it.
///
/// It cannot be copied and is not `Sendable`: a key never crosses an `await`. What leaves is PEM, in bytes that are wiped.
public struct PrivateKey: ~Copyable {
    private let pkey: OpaquePointer

    // Cannot fail, so that no half-made value reaches `deinit`; the factories below do the failing.
    private init(owning pkey: OpaquePointer) { self.pkey = pkey }

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
        return try LongComputation.run(intent) { () throws(OpenSSLError) in
            var made: OpaquePointer?
            try check(EVP_PKEY_generate(context, &made), intent)
            return PrivateKey(owning: try check(made, intent))
        }
    }

    /// The key in a PEM file: PKCS#8, PKCS#1 or SEC 1, with whatever other blocks before it.
    ///
    /// - Throws: where there is no key, or it is encrypted: nothing here asks for a passphrase.
    public static func read(pem: [UInt8]) throws(OpenSSLError) -> PrivateKey {
        try pem.span.withUnsafeBytes { (bytes) throws(OpenSSLError) in try read(bytes, passphrase: nil) }
    }

    /// The key in a PEM file that never was in memory that nobody wipes.
    ///
    /// PKCS#8, encrypted PKCS#8, PKCS#1, SEC 1, and PKCS#1 and SEC 1 with the `DEK-Info` header of old are read.
    ///
    /// - Parameter passphrase: nil where there is none; never asked for on the terminal.
    /// - Throws: where there is no key; where it is encrypted and `passphrase` is nil (`needsPassphrase`) or another
    ///   (`hasWrongPassphrase`); where it asks for more rounds of key derivation than some seconds allow.
    public static func read(
        pem: borrowing SecretBytes, passphrase: borrowing SecretBytes?
    ) throws(OpenSSLError) -> PrivateKey {
        switch passphrase {
        case .some(let passphrase): try read(pem: pem, passphrase: passphrase)
        case .none: try read(pem: pem)
        }
    }

    /// The key in a PEM file, whose encryption, if it has any, `passphrase` opens.
    public static func read(
        pem: borrowing SecretBytes, passphrase: borrowing SecretBytes
    ) throws(OpenSSLError) -> PrivateKey {
        try pem.withBytes { (bytes) throws(OpenSSLError) in
            try passphrase.withBytes { (passphrase) throws(OpenSSLError) in try read(bytes, passphrase: passphrase) }
        }
    }

    /// The key in a PEM file that is not encrypted.
    public static func read(pem: borrowing SecretBytes) throws(OpenSSLError) -> PrivateKey {
        try pem.withBytes { (bytes) throws(OpenSSLError) in try read(bytes, passphrase: nil) }
    }

    private static func read(
        _ pem: UnsafeRawBufferPointer, passphrase: UnsafeRawBufferPointer?
    ) throws(OpenSSLError) -> PrivateKey {
        let intent = "read a private key"
        guard passphrase != nil else { return try decoded(pem, passphrase: nil, intent) }
        var cost = KeyDerivationCost(intent)
        try cost.addKeys(in: pem)
        return try LongComputation.run(intent) { () throws(OpenSSLError) in
            try decoded(pem, passphrase: passphrase, intent)
        }
    }

    private static func decoded(
        _ pem: UnsafeRawBufferPointer, passphrase: UnsafeRawBufferPointer?, _ intent: String
    ) throws(OpenSSLError) -> PrivateKey {
        try MemoryBIO.reading(pem) { (bio) throws(OpenSSLError) in
            ERR_clear_error()
            var answer = PassphraseAnswer(passphrase)
            if let pkey = PEM_read_bio_PrivateKey(bio, nil, PassphraseAnswer.callback, &answer) {
                ERR_clear_error()
                return PrivateKey(owning: pkey)
            }
            let error = OpenSSLError.drained(intent)
            if answer.wasAsked { throw answer.refusal(error) }
            if !PEMBlock.kinds(in: pem).contains(where: { $0.hasSuffix("PRIVATE KEY") }) {
                throw OpenSSLError(intent, because: ["there is no PRIVATE KEY block in it"])
            }
            throw error
        }
    }

    /// A key that OpenSSL has handed over, and that this value now frees.
    static func taking(_ pkey: OpaquePointer) -> PrivateKey { PrivateKey(owning: pkey) }

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

    /// Lends the pointer for the length of `body`.
    func withPointer<R>(_ body: (OpaquePointer) throws(OpenSSLError) -> R) throws(OpenSSLError) -> R {
        try body(pkey)
    }
}
