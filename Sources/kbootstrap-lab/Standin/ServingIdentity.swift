// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import NIOSSL
import PKI
import SystemPackage

/// The certificate and key that a server shows.
struct ServingIdentity: Sendable {
    let certificatePEM: [UInt8]
    let keyPEM: [UInt8]

    init(certificatePEM: [UInt8], keyPEM: [UInt8]) {
        (self.certificatePEM, self.keyPEM) = (certificatePEM, keyPEM)
    }

    static func read(certificateFile: String, keyFile: String) throws -> ServingIdentity {
        ServingIdentity(
            certificatePEM: try GoFile.read(certificateFile), keyPEM: try GoFile.read(keyFile))
    }

    /// A certificate from `authority`, for a key made here.
    static func issued(
        by authority: borrowing CertificateAuthority, _ profile: CertificateProfile
    ) throws -> ServingIdentity {
        let key = try PrivateKey.generate(.ecdsaP256)
        let certificate = try authority.issue(profile, for: key)
        return ServingIdentity(certificatePEM: Array(certificate.pem.utf8), keyPEM: try bytes(of: key))
    }

    /// A certificate that no one signed but a CA made for it alone, as kubelets and extension API servers make for
    /// themselves.
    static func selfSigned(commonName: String, names: [SubjectAlternativeName]) throws -> ServingIdentity {
        let authority = try CertificateAuthority.create(
            CertificateProfile(
                commonName: "\(commonName)-ca@\(Int(Date().timeIntervalSince1970))", purpose: .authority, days: 365),
            key: try PrivateKey.generate(.ecdsaP256))
        let leaf = try issued(
            by: authority,
            CertificateProfile(commonName: commonName, purpose: .leaf([.serverAuth]), names: names, days: 365))
        return ServingIdentity(
            certificatePEM: leaf.certificatePEM + Array(authority.certificate.pem.utf8), keyPEM: leaf.keyPEM)
    }

    /// Asks callers for a certificate, and takes them with none as well.
    func context() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(certificatePEM).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: keyPEM, format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.certificateVerification = .optionalVerification
        configuration.trustRoots = .certificates([])
        return try NIOSSLContext(configuration: configuration)
    }

    private static func bytes(of key: borrowing PrivateKey) throws -> [UInt8] {
        try unsafe key.pem().withBytes { bytes in unsafe Array(bytes) }
    }
}
