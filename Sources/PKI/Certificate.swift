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
        // OpenSSL would take "X509 CERTIFICATE" and "TRUSTED CERTIFICATE" as well; kube-apiserver does not.
        let blocks = try PEMBlock.contents(ofKinds: ["CERTIFICATE"], in: pem, "read a certificate")
        guard !blocks.isEmpty else {
            throw OpenSSLError("read a certificate", because: ["there is no CERTIFICATE block in it"])
        }
        var certificates: [Certificate] = []
        for block in blocks { certificates.append(try Certificate(der: block)) }
        return certificates
    }

    /// The certificate as a PEM block.
    public var pem: String { PEMBlock.text("CERTIFICATE", der) }

    /// Whether the certificate was made for this key.
    public func matches(_ key: borrowing PrivateKey) throws(OpenSSLError) -> Bool {
        try key.publicKeyFingerprint() == publicKeyFingerprint
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
        let extensions = X509Extensions(stack: X509_get0_extensions(x509))
        isCertificateAuthority = try extensions.saysCA()
        keyUsages = try extensions.keyUsages()
        extendedKeyUsages = try extensions.extendedKeyUsages()
        subjectAlternativeNames = try extensions.subjectAlternativeNames()
        publicKeyFingerprint = try PublicKey.fingerprint(of: key)
        fingerprint = try der.span.withUnsafeBytes { (bytes) throws(OpenSSLError) in try PublicKey.sha256(bytes) }
    }
}
