// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import PKI

/// A client certificate of a CA that a rotation has retired: made to see it refused.
public struct RetiredWitness: Sendable {
    public let certificate: Certificate
    /// As PEM. No secret worth wiping: what it is for must be refused.
    public let key: String
    /// The CA that signed it.
    public let authority: Certificate
}

extension FrontProxyStore {
    /// How long such a certificate is valid, in seconds: longer than it takes a cluster to forget the CA.
    private static let witnessLifetime: TimeInterval = 600

    /// Signs a witness with the CA that the last `rotate-ca finish` retired.
    ///
    /// - Returns: nil where there was no such rotation, its old CA's key was not here, or that CA has expired since.
    public func retiredWitness() throws(FrontProxyError) -> RetiredWitness? {
        guard let client = try inventory().clientCertificate, let journal = try pastChanges(),
            let finished = try journal.done().last(where: { $0.operation == "rotate-finish" })
        else { return nil }
        let before = try journal.part("before", of: finished)
        guard
            let certificates = try FoundFile.read(layout.caCertificateFile, in: before, followingLinksOf: nil),
            let keyFile = try KeyFile.read(layout.caKeyFile, in: before, owners: journal.owners)
        else { return nil }
        try journal.owners.require(certificates.status, certificates.path)
        let caKey = try keyFile.key()
        guard
            let ca = try FrontProxyInventory.certificates(certificates).first(where: {
                (try? $0.matches(caKey)) == true
            })
        else { return nil }
        let now = Date()
        guard ca.notAfter > now else { return nil }
        let signer = try FrontProxySigner.adopt(ca, caKey, file: certificates.path, now: now)
        let key = try PrivateKey.generated(.ecdsaP256, for: before.path)
        do throws(OpenSSLError) {
            let certificate = try signer.authority.renew(
                client, until: now.addingTimeInterval(Self.witnessLifetime), now: now, for: key)
            let pem = unsafe try key.pem().withBytes { unsafe String(decoding: $0, as: UTF8.self) }
            return RetiredWitness(certificate: certificate, key: pem, authority: ca)
        } catch { throw .crypto(before.path, error) }
    }
}
