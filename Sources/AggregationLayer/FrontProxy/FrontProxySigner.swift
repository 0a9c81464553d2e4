// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import PKI

/// A CA that is kept elsewhere: its files are read, and its key is never copied.
public struct OutsideCA: Sendable {
    /// Path of the certificate.
    public let certificate: String
    /// Path of the private key.
    public let key: String
    /// Asked for the passphrase of an encrypted key, by the key's path; nil where there is nobody to ask.
    public let passphrase: (@Sendable (String) throws(FrontProxyError) -> SecretBytes)?

    public init(
        certificate: String, key: String, passphrase: (@Sendable (String) throws(FrontProxyError) -> SecretBytes)? = nil
    ) {
        self.certificate = certificate
        self.key = key
        self.passphrase = passphrase
    }
}

/// The CA that signs, after checking that it can.
struct FrontProxySigner: ~Copyable {
    let authority: CertificateAuthority

    consuming func taken() -> CertificateAuthority { authority }

    /// A CA of the folder.
    static func adopt(
        _ certificate: Certificate, _ key: consuming PrivateKey, file: String, now: Date
    ) throws(FrontProxyError) -> FrontProxySigner {
        do throws(OpenSSLError) {
            return FrontProxySigner(
                authority: try CertificateAuthority.adopt(certificate: certificate, key: key, now: now))
        } catch { throw .crypto(file, error) }
    }

    /// A CA that is kept elsewhere.
    static func outside(_ ca: OutsideCA, now: Date) throws(FrontProxyError) -> FrontProxySigner {
        guard let certificateFile = try FoundFile.trusted(ca.certificate) else {
            throw FrontProxyError("there is no file \(ca.certificate)", hint: "check --ca-cert")
        }
        guard let keyFile = try KeyFile.read(ca.key) else {
            throw FrontProxyError("there is no file \(ca.key)", hint: "check --ca-key")
        }
        let key = try keyFile.key(passphrase: ca.passphrase)
        // A bundle of CAs: the one whose key this is.
        let certificates = try FrontProxyInventory.certificates(certificateFile)
        let certificate = certificates.first { (try? $0.matches(key)) == true } ?? certificates[0]
        return try adopt(certificate, key, file: ca.certificate, now: now)
    }

    /// A new certificate in the place of `old`, for `key`.
    func renew(
        _ old: Certificate, for key: borrowing PrivateKey, lifetime: Lifetime, now: Date, file: String
    ) throws(FrontProxyError) -> Certificate {
        do throws(OpenSSLError) {
            return try authority.renew(old, until: lifetime.end(from: now), now: now, for: key)
        } catch { throw .crypto(file, error) }
    }
}
