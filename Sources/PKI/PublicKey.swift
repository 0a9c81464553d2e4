// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// What can be told of a public key, whether it came from a private key or a certificate.
enum PublicKey {
    static func fingerprint(of pkey: OpaquePointer) throws(OpenSSLError) -> [UInt8] {
        var der: UnsafeMutablePointer<UInt8>?
        let length = i2d_PUBKEY(pkey, &der)
        guard length > 0, let der else { throw .drained("encode a public key") }
        defer { CRYPTO_free(der, #file, #line) }
        return try sha256(UnsafeRawBufferPointer(start: der, count: Int(length)))
    }

    static func algorithmName(of pkey: OpaquePointer) -> String {
        if EVP_PKEY_is_a(pkey, "RSA") == 1 { return "RSA \(EVP_PKEY_get_bits(pkey))" }
        if EVP_PKEY_is_a(pkey, "EC") == 1 {
            var name = [CChar](repeating: 0, count: 64)
            var length = 0
            if EVP_PKEY_get_group_name(pkey, &name, name.count, &length) == 1 {
                let curve = String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
                return "ECDSA \(curveNames[curve] ?? curve)"
            }
            return "ECDSA"
        }
        return EVP_PKEY_get0_type_name(pkey).map { String(cString: $0) } ?? "unknown"
    }

    /// OpenSSL's curve names as NIST writes them.
    private static let curveNames = ["prime256v1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"]

    /// SHA-1 of the subjectPublicKey's bits (RFC 5280, section 4.2.1.2, method 1): a name, not a proof of anything.
    static func identifier(of x509: OpaquePointer) throws(OpenSSLError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        var length: CUnsignedInt = 0
        try check(X509_pubkey_digest(x509, EVP_sha1(), &digest, &length), "compute a key identifier")
        return digest
    }

    /// The digest to sign with; nil where the algorithm brings its own.
    static func digest(for pkey: OpaquePointer) -> OpaquePointer? {
        let hasOwnDigest = EVP_PKEY_is_a(pkey, "ED25519") == 1 || EVP_PKEY_is_a(pkey, "ED448") == 1
        return hasOwnDigest ? nil : EVP_sha256()
    }

    /// Why nobody should sign a certificate for this key, or nil.
    ///
    /// Go verifies RSA, the NIST curves and Ed25519; below 2048 bits OpenSSL's security level 2 refuses RSA.
    static func weakness(of pkey: OpaquePointer) -> String? {
        let name = algorithmName(of: pkey)
        let isKnown =
            name == "ED25519" || curveNames.values.contains { name == "ECDSA \($0)" }
            || EVP_PKEY_is_a(pkey, "RSA") == 1
        guard isKnown else { return "kube-apiserver does not verify keys of the kind \(name)" }
        if EVP_PKEY_is_a(pkey, "RSA") == 1, EVP_PKEY_get_bits(pkey) < 2048 {
            return "its key, \(name), is too short (2048 bits at least)"
        }
        return nil
    }

    /// Why nobody should sign a certificate for this RSA key's public exponent, or nil.
    static func exponentWeakness(of pkey: OpaquePointer) -> String? {
        guard EVP_PKEY_is_a(pkey, "RSA") == 1 else { return nil }
        var exponent: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pkey, "e", &exponent) == 1, let exponent else {
            ERR_clear_error()
            return "its key's exponent cannot be read"
        }
        defer { BN_free(exponent) }
        // One that is too large for a word is the largest word.
        let value = BN_get_word(exponent)
        if value < 65537 { return "its key's exponent is \(value) (65537 at least)" }
        // Go's crypto/rsa refuses larger ones.
        return value > 1 << 31 - 1 ? "its key's exponent is larger than Go reads" : nil
    }

    static func sha256(_ bytes: UnsafeRawBufferPointer) throws(OpenSSLError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: CUnsignedInt = 0
        try check(
            EVP_Digest(bytes.baseAddress, bytes.count, &digest, &length, EVP_sha256(), nil), "compute a SHA-256")
        return digest
    }
}
