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

    static func sha256(_ bytes: UnsafeRawBufferPointer) throws(OpenSSLError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: CUnsignedInt = 0
        try check(
            EVP_Digest(bytes.baseAddress, bytes.count, &digest, &length, EVP_sha256(), nil), "compute a SHA-256")
        return digest
    }
}
