// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL
public import FoundationEssentials

/// A certificate: its DER, and what was read from it.
public struct Certificate: Sendable, Equatable {
    /// The encoded certificate.
    public let der: [UInt8]
    /// The subject as RFC 2253 text, such as `CN=front-proxy-client`.
    public let subject: String
    /// The issuer as RFC 2253 text.
    public let issuer: String
    /// The subject's last common name, the one that Go, and so kube-apiserver, calls *the* common name.
    public let commonName: String?
    /// The subject's organizations, in order; Kubernetes takes them for groups.
    public let organizations: [String]
    /// The serial number, in hexadecimal digits.
    public let serial: String
    public let notBefore: Date
    public let notAfter: Date
    /// The key's algorithm in words, such as `ECDSA P-256` or `RSA 2048`.
    public let keyAlgorithm: String
    /// The subject key identifier as `AB:CD:…`, where there is one.
    public let subjectKeyIdentifier: String?
    /// The authority key identifier as `AB:CD:…`, where there is one.
    public let authorityKeyIdentifier: String?
    /// Whether basicConstraints says that this is a CA.
    public let isCertificateAuthority: Bool
    /// The key usages by their RFC 5280 names; empty where the extension is absent, which allows all.
    public let keyUsages: [String]
    /// The extended key usages; empty where the extension is absent, which allows all.
    public let extendedKeyUsages: [ExtendedKeyUsage]
    public let subjectAlternativeNames: [SubjectAlternativeName]
    /// SHA-256 of the SubjectPublicKeyInfo: the same for a key and every certificate made for it.
    public let publicKeyFingerprint: [UInt8]
    /// SHA-256 of the DER.
    public let fingerprint: [UInt8]

    /// Reads one DER certificate.
    public init(der: [UInt8]) throws(OpenSSLError) {
        let handle = try X509Handle.parse(der: der)
        self = try handle.withPointer { (x509) throws(OpenSSLError) in
            try Certificate(reading: x509, der: der)
        }
    }

    /// The certificates of a PEM file, in order; whatever stands between the blocks is passed over, as Go does.
    ///
    /// - Throws: where there is no certificate, or one that cannot be read.
    public static func read(pem: [UInt8]) throws(OpenSSLError) -> [Certificate] {
        let blocks = try MemoryBIO.reading(pem) { (bio) throws(OpenSSLError) in try certificateBlocks(bio) }
        guard !blocks.isEmpty else {
            throw OpenSSLError("read a certificate", because: ["there is no CERTIFICATE block in it"])
        }
        var certificates: [Certificate] = []
        for block in blocks { certificates.append(try Certificate(der: block)) }
        return certificates
    }

    /// The certificate as a PEM block.
    public var pem: String {
        let digits = Data(der).base64EncodedString()
        var lines: [Substring] = []
        var rest = Substring(digits)
        while !rest.isEmpty {
            lines.append(rest.prefix(64))  // RFC 7468, section 2
            rest = rest.dropFirst(64)
        }
        return "-----BEGIN CERTIFICATE-----\n" + lines.joined(separator: "\n") + "\n-----END CERTIFICATE-----\n"
    }

    /// Whether the certificate was made for this key.
    public func matches(_ key: borrowing PrivateKey) throws(OpenSSLError) -> Bool {
        try key.publicKeyFingerprint() == publicKeyFingerprint
    }

    private static func certificateBlocks(_ bio: OpaquePointer) throws(OpenSSLError) -> [[UInt8]] {
        var blocks: [[UInt8]] = []
        while true {
            ERR_clear_error()
            var name: UnsafeMutablePointer<CChar>?
            var header: UnsafeMutablePointer<CChar>?
            var data: UnsafeMutablePointer<UInt8>?
            var length = 0
            guard PEM_read_bio(bio, &name, &header, &data, &length) == 1, let name, let data else {
                let isEnd = PEMReason.isNoStartLine(ERR_peek_last_error())
                if isEnd {
                    ERR_clear_error()
                    return blocks
                }
                throw .drained("read a certificate")
            }
            defer {
                CRYPTO_free(name, #file, #line)
                CRYPTO_free(header, #file, #line)
                OPENSSL_cleanse(data, length)  // the block may have been a key
                CRYPTO_free(data, #file, #line)
            }
            if String(cString: name) == "CERTIFICATE" {
                blocks.append(Array(UnsafeBufferPointer(start: data, count: length)))
            }
        }
    }
}

extension Certificate {
    fileprivate init(reading x509: OpaquePointer, der: [UInt8]) throws(OpenSSLError) {
        let key = try check(X509_get0_pubkey(x509), "read the certificate's public key")
        self.der = der
        subject = try X509Fields.text(of: X509_get_subject_name(x509))
        issuer = try X509Fields.text(of: X509_get_issuer_name(x509))
        commonName = X509Fields.entries(X509_get_subject_name(x509), NID_commonName).last
        organizations = X509Fields.entries(X509_get_subject_name(x509), NID_organizationName)
        serial = try X509Fields.hexadecimal(X509_get0_serialNumber(x509))
        notBefore = try X509Fields.date(X509_get0_notBefore(x509))
        notAfter = try X509Fields.date(X509_get0_notAfter(x509))
        keyAlgorithm = PublicKey.algorithmName(of: key)
        subjectKeyIdentifier = X509Fields.colons(X509_get0_subject_key_id(x509))
        authorityKeyIdentifier = X509Fields.colons(X509_get0_authority_key_id(x509))
        isCertificateAuthority = X509Fields.saysCA(x509)
        keyUsages = X509Fields.keyUsages(x509)
        extendedKeyUsages = X509Fields.extendedKeyUsages(x509)
        subjectAlternativeNames = X509Fields.subjectAlternativeNames(x509)
        publicKeyFingerprint = try PublicKey.fingerprint(of: key)
        fingerprint = try der.span.withUnsafeBytes { (bytes) throws(OpenSSLError) in try PublicKey.sha256(bytes) }
    }
}
