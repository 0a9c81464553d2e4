// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// A certificate, its key and the CAs above it in one encrypted file (PKCS#12, RFC 7292).
///
/// Keys and certificates are encrypted with AES-256-CBC under PBKDF2 with HMAC-SHA-256, and the whole is sealed with a
/// MAC of SHA-256: what OpenSSL 3 writes, and what Java, Windows and Go's pkcs12 read.
public struct CredentialBundle: ~Copyable {
    public let certificate: Certificate
    public let key: PrivateKey
    /// The CAs' certificates, in the order of the file.
    public let authorities: [Certificate]

    /// Rounds of the key derivation and of the MAC's: a tenth of a second to open, and no less to guess one passphrase.
    private static let rounds: CInt = 100_000

    /// An encrypted file.
    ///
    /// - Throws: where the key is not the certificate's, or the passphrase is empty or holds a NUL.
    public static func seal(
        certificate: Certificate, key: borrowing PrivateKey, authorities: [Certificate],
        passphrase: borrowing SecretBytes
    ) throws(OpenSSLError) -> [UInt8] {
        let intent = "seal a PKCS#12 file"
        guard passphrase.count > 0 else { throw OpenSSLError(intent, because: ["the passphrase is empty"]) }
        guard try certificate.matches(key) else {
            throw OpenSSLError(intent, because: ["the key is not the certificate's (\(certificate.subject))"])
        }
        let leaf = try X509Handle.parse(der: certificate.der)
        let stack = try CertificateStack(authorities)
        let passphrase = try terminated(passphrase, intent)
        return try LongComputation.run(intent) { () throws(OpenSSLError) in
            try sealed(leaf, key, stack, named: certificate.commonName ?? "certificate", passphrase, intent)
        }
    }

    private static func sealed(
        _ leaf: borrowing X509Handle, _ key: borrowing PrivateKey, _ stack: borrowing CertificateStack,
        named name: String, _ passphrase: borrowing SecretBytes, _ intent: String
    ) throws(OpenSSLError) -> [UInt8] {
        try passphrase.withBytes { (passphrase) throws(OpenSSLError) in
            try key.withPointer { (pkey) throws(OpenSSLError) in
                try leaf.withPointer { (x509) throws(OpenSSLError) in
                    try stack.withPointer { (authorities) throws(OpenSSLError) in
                        ERR_clear_error()
                        // The name is what other programs list the entry by. 0: the algorithms of OpenSSL 3.
                        let made = try check(
                            PKCS12_create(
                                passphrase.assumingMemoryBound(to: CChar.self).baseAddress,
                                name, pkey, x509, authorities, 0, 0, rounds, rounds,
                                0),
                            intent)
                        defer { PKCS12_free(made) }
                        return try encoded(made, intent)
                    }
                }
            }
        }
    }

    /// Reads an encrypted file.
    ///
    /// - Throws: where it is no PKCS#12 file, is cut off, was changed or has another passphrase (`hasWrongPassphrase`), is
    ///   encrypted in a way of old, asks for more than some seconds of key derivation, or holds no certificate with its
    ///   key.
    public static func open(
        _ bytes: [UInt8], passphrase: borrowing SecretBytes
    ) throws(OpenSSLError) -> CredentialBundle {
        let intent = "open a PKCS#12 file"
        let sealed = try decoded(bytes, intent)
        defer { PKCS12_free(sealed) }
        var cost = KeyDerivationCost(intent)
        guard PKCS12_mac_present(sealed) == 1 else {
            throw OpenSSLError(intent, because: ["it has no MAC, so that nobody can tell whether it was changed"])
        }
        // The rounds of the MAC stand outside of what it protects; all others are read once it has been verified.
        try cost.addMAC(of: sealed)
        let passphrase = try terminated(passphrase, intent)
        return try LongComputation.run(intent) { () throws(OpenSSLError) in
            try opened(sealed, passphrase, &cost, intent)
        }
    }

    private static func opened(
        _ sealed: OpaquePointer, _ passphrase: borrowing SecretBytes, _ cost: inout KeyDerivationCost, _ intent: String
    ) throws(OpenSSLError) -> CredentialBundle {
        var pkey: OpaquePointer?
        var leaf: OpaquePointer?
        var others: OpaquePointer?
        defer {
            EVP_PKEY_free(pkey)
            X509_free(leaf)
            OPENSSL_sk_pop_free(others) { X509_free($0.map { OpaquePointer($0) }) }
        }
        try passphrase.withBytes { (passphrase) throws(OpenSSLError) in
            let text = passphrase.assumingMemoryBound(to: CChar.self).baseAddress
            ERR_clear_error()
            // Before anything inside is believed.
            guard PKCS12_verify_mac(sealed, text, CInt(clamping: passphrase.count - 1)) == 1 else {
                let error = OpenSSLError.drained(intent)
                if error.isUnsupported { throw outdated(intent) }
                throw .wrongPassphrase(intent, because: "the passphrase is wrong, or the file was changed")
            }
            try cost.addBags(of: sealed, passphrase: text)
            guard PKCS12_parse(sealed, text, &pkey, &leaf, &others) == 1 else {
                let error = OpenSSLError.drained(intent)
                throw error.isUnsupported ? outdated(intent) : error
            }
        }
        ERR_clear_error()
        guard let key = pkey else { throw OpenSSLError(intent, because: ["there is no private key in it"]) }
        guard let leaf else { throw OpenSSLError(intent, because: ["there is no certificate for its key in it"]) }
        var authorities: [Certificate] = []
        for index in 0..<max(OPENSSL_sk_num(others), 0) {
            let other = try check(OPENSSL_sk_value(others, index).map { OpaquePointer($0) }, intent)
            authorities.append(try Certificate(der: X509Handle.der(of: other)))
        }
        let certificate = try Certificate(der: X509Handle.der(of: leaf))
        pkey = nil
        return CredentialBundle(certificate: certificate, key: .taking(key), authorities: authorities)
    }

    private static func decoded(_ bytes: [UInt8], _ intent: String) throws(OpenSSLError) -> OpaquePointer {
        guard !bytes.isEmpty else { throw OpenSSLError(intent, because: ["it is empty"]) }
        if let kind = PEMBlock.kinds(in: bytes).first {
            throw OpenSSLError(intent, because: ["it is not PKCS#12, but a PEM file with a \(kind) block"])
        }
        ERR_clear_error()
        return try bytes.span.withUnsafeBufferPointer { (buffer) throws(OpenSSLError) in
            var position = buffer.baseAddress
            if let missing = DERLength.missing(of: buffer) {
                throw OpenSSLError(intent, because: ["it is cut off: \(missing) bytes are missing at its end"])
            }
            guard let sealed = d2i_PKCS12(nil, &position, buffer.count) else {
                ERR_clear_error()
                throw OpenSSLError(intent, because: ["it is not PKCS#12"])
            }
            guard position == buffer.baseAddress.map({ $0 + buffer.count }) else {
                PKCS12_free(sealed)
                throw OpenSSLError(intent, because: ["there is something after its end"])
            }
            return sealed
        }
    }

    private static func outdated(_ intent: String) -> OpenSSLError {
        OpenSSLError(
            intent,
            because: ["it is encrypted in a way that this OpenSSL does not know (RC2, which older tools write)"],
            // openssl does not read a key and its certificate through one pipe, so the key lies open for a moment.
            hint: "umask 077; openssl pkcs12 -legacy -in OLD -noenc -out PLAIN && "
                + "openssl pkcs12 -export -in PLAIN -out NEW; shred -u PLAIN")
    }

    /// The passphrase as C takes it.
    private static func terminated(
        _ passphrase: borrowing SecretBytes, _ intent: String
    ) throws(OpenSSLError) -> SecretBytes {
        let hasNUL = passphrase.withBytes { $0.contains(0) }
        guard !hasNUL else { throw OpenSSLError(intent, because: ["the passphrase holds a NUL"]) }
        return passphrase.withBytes { bytes in
            SecretBytes.reading(upTo: bytes.count + 1) { buffer in
                buffer.copyMemory(from: bytes)
                return bytes.count + 1
            }
        }
    }

    private static func encoded(_ sealed: OpaquePointer, _ intent: String) throws(OpenSSLError) -> [UInt8] {
        var der: UnsafeMutablePointer<UInt8>?
        let length = i2d_PKCS12(sealed, &der)
        guard length > 0, let der else { throw .drained(intent) }
        defer { CRYPTO_free(der, #file, #line) }
        return Array(UnsafeBufferPointer(start: der, count: Int(length)))
    }
}

/// The length that the outermost DER value states.
enum DERLength {
    /// How many bytes the outermost SEQUENCE lacks; nil where it is whole, or it is none.
    static func missing(of bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard bytes.count >= 2, bytes[0] == 0x30 else { return nil }
        var header = 2
        var length = Int(bytes[1])
        if length >= 0x80 {
            let octets = length & 0x7F
            // More than four octets would state more than 4 GiB: no file of ours.
            guard (1...4).contains(octets), bytes.count >= 2 + octets else { return nil }
            header += octets
            length = bytes[2..<header].reduce(0) { $0 << 8 | Int($1) }
        }
        let missing = header + length - bytes.count
        return missing > 0 ? missing : nil
    }
}
