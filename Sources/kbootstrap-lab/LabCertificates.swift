// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import PKI

/// The lab cluster's own certificates and keys, made by PKI and written into its folder.
struct LabCertificates: ~Copyable {
    let folder: String
    private let ca: CertificateAuthority

    /// A new cluster CA, `ca.pem` and `ca-key.pem`.
    static func make(in folder: String) throws -> LabCertificates {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let key = try PrivateKey.generate(.ecdsaP256)
        try write(key, to: "\(folder)/ca-key.pem")
        let ca = try CertificateAuthority.create(
            CertificateProfile(commonName: "kubernetes", purpose: .authority, days: 2), key: key)
        try write(ca.certificate, to: "\(folder)/ca.pem")
        return LabCertificates(folder: folder, ca: ca)
    }

    /// A certificate and key `NAME.pem`, `NAME-key.pem` from the cluster CA.
    func issue(
        _ file: String, commonName: String, organizations: [String] = [], usages: [ExtendedKeyUsage] = [.clientAuth],
        names: [String] = []
    ) throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let profile = CertificateProfile(
            commonName: commonName, organizations: organizations, purpose: .leaf(usages),
            names: try names.map { try SubjectAlternativeName.parse($0) }, days: 1)
        try Self.write(key, to: "\(folder)/\(file)-key.pem")
        try Self.write(try ca.issue(profile, for: key), to: "\(folder)/\(file).pem")
    }

    /// A CA of its own, which nothing in the cluster trusts unless it is told to, as `NAME.pem`; and a server's
    /// certificate from it as `NAME-server.pem`.
    func separateAuthority(_ file: String, server names: [String] = []) throws {
        let authority = try CertificateAuthority.create(
            // Longer than verify warns of.
            CertificateProfile(commonName: "\(file)-ca", purpose: .authority, days: 60),
            key: try PrivateKey.generate(.ecdsaP256))
        try Self.write(authority.certificate, to: "\(folder)/\(file).pem")
        guard let first = names.first else { return }
        let key = try PrivateKey.generate(.ecdsaP256)
        let profile = CertificateProfile(
            commonName: first, purpose: .leaf([.serverAuth]),
            names: try names.map { try SubjectAlternativeName.parse($0) },
            days: 1)
        try Self.write(key, to: "\(folder)/\(file)-server-key.pem")
        try Self.write(try authority.issue(profile, for: key), to: "\(folder)/\(file)-server.pem")
    }

    /// The key pair that signs service account tokens, as `service-account-key.pem` and `service-account.pub`.
    func serviceAccountKeys() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        try Self.write(key, to: "\(folder)/service-account-key.pem")
        try Data(key.publicKeyPEM().utf8).write(to: URL(filePath: "\(folder)/service-account.pub"))
    }

    static func write(_ certificate: Certificate, to path: String) throws {
        try Data(certificate.pem.utf8).write(to: URL(filePath: path))
    }

    static func write(_ key: borrowing PrivateKey, to path: String) throws {
        try unsafe key.pem().withBytes { bytes in
            let data = unsafe Data(Array(bytes))
            try data.write(to: URL(filePath: path))
        }
        guard unsafe chmod(path, 0o600) == 0 else { throw LabError("could not set the mode of \(path)") }
    }
}
