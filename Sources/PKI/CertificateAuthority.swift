// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL
public import FoundationEssentials

/// A CA certificate with its key, which signs. The key stays inside.
public struct CertificateAuthority: ~Copyable {
    public let certificate: Certificate
    private let key: PrivateKey

    private init(certificate: Certificate, key: consuming PrivateKey) {
        self.certificate = certificate
        self.key = key
    }

    /// A new CA that has signed itself.
    public static func create(
        _ profile: CertificateProfile, key: consuming PrivateKey
    ) throws(OpenSSLError) -> CertificateAuthority {
        let der = try CertificateBuilder(profile: profile).selfSigned(key)
        return CertificateAuthority(certificate: try Certificate(der: der), key: key)
    }

    /// A CA that exists, after checking that it can sign.
    ///
    /// - Throws: where the certificate is no CA, is outside its dates, or was made for another key.
    public static func adopt(
        certificate: Certificate, key: consuming PrivateKey, now: Date = Date()
    ) throws(OpenSSLError) -> CertificateAuthority {
        let intent = "sign with the CA \(certificate.subject)"
        guard certificate.isCertificateAuthority else {
            throw OpenSSLError(intent, because: ["it is not a CA (basicConstraints does not say CA:TRUE)"])
        }
        guard certificate.keyUsages.isEmpty || certificate.keyUsages.contains("keyCertSign") else {
            throw OpenSSLError(intent, because: ["its key usage does not include keyCertSign"])
        }
        guard now <= certificate.notAfter else {
            throw OpenSSLError(intent, because: ["it expired on \(certificate.notAfter.formatted(.iso8601))"])
        }
        guard now >= certificate.notBefore else {
            throw OpenSSLError(intent, because: ["it is not valid before \(certificate.notBefore.formatted(.iso8601))"])
        }
        guard try certificate.matches(key) else {
            throw OpenSSLError(intent, because: ["the key is not this certificate's"])
        }
        return CertificateAuthority(certificate: certificate, key: key)
    }

    /// A certificate for `key`, signed by this CA, that ends no later than the CA does.
    public func issue(
        _ profile: CertificateProfile, for key: borrowing PrivateKey
    ) throws(OpenSSLError) -> Certificate {
        try key.withPointer { (pkey) throws(OpenSSLError) in try issue(profile, for: pkey) }
    }

    /// A successor of a certificate: the same subject and names, byte for byte, the same usages, dates of its own.
    ///
    /// - Parameters:
    ///   - old: what is succeeded; who signed it does not matter.
    ///   - notAfter: clipped to this CA's end.
    ///   - key: the old one's, or another.
    public func renew(
        _ old: Certificate, until notAfter: Date, now: Date = Date(), for key: borrowing PrivateKey
    ) throws(OpenSSLError) -> Certificate {
        guard old.subject != certificate.subject else {
            throw OpenSSLError(
                "renew the certificate \(old.subject)",
                because: ["its CA has the same name, which OpenSSL takes for a self-signed certificate (error 18)"])
        }
        var profile = try CertificateProfile(
            commonName: old.commonName ?? "", purpose: .leaf(old.extendedKeyUsages),
            notAfter: min(notAfter, certificate.notAfter), now: now)
        profile.notBefore = max(profile.notBefore, certificate.notBefore)
        return try key.withPointer { (pkey) throws(OpenSSLError) in
            try Certificate(
                der: CertificateBuilder(profile: profile, template: old)
                    .signed(for: pkey, by: certificate, with: self.key))
        }
    }

    /// A certificate for the key of a request. Subject, names and usages are the profile's: what the request asks for
    /// is the caller's to judge beforehand.
    ///
    /// - Throws: where the key is too weak, too, or of a kind that kube-apiserver does not verify.
    public func issue(
        _ request: CertificateRequest, profile: CertificateProfile
    ) throws(OpenSSLError) -> Certificate {
        try request.withPublicKey { (pkey) throws(OpenSSLError) in
            if let weakness = PublicKey.weakness(of: pkey) {
                throw OpenSSLError("sign the request of \(request.subject)", because: [weakness])
            }
            return try issue(profile, for: pkey)
        }
    }

    private func issue(_ profile: CertificateProfile, for key: OpaquePointer) throws(OpenSSLError) -> Certificate {
        guard profile.commonName != certificate.commonName else {
            throw OpenSSLError(
                "issue a certificate for CN=\(profile.commonName)",
                because: ["the CA has the same name, which OpenSSL takes for a self-signed certificate (error 18)"])
        }
        var clipped = profile
        clipped.notAfter = min(profile.notAfter, certificate.notAfter)
        clipped.notBefore = max(profile.notBefore, certificate.notBefore)
        return try Certificate(
            der: CertificateBuilder(profile: clipped).signed(for: key, by: certificate, with: self.key))
    }
}
