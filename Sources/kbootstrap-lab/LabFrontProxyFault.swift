// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import FoundationEssentials
import PKI

/// Front-proxy files of a lab as a fault has them: real ones, of other dates, usages or keys.
struct LabFrontProxyFault {
    let folder: String

    private let layout = FrontProxyLayout.hardWay
    /// Two days that are long over.
    private let past = (
        begin: Date(timeIntervalSince1970: 1_577_836_800), end: Date(timeIntervalSince1970: 1_577_923_200)
    )

    private func path(_ file: String) -> String { "\(folder)/\(file)" }

    /// A certificate for servers in the client's place, signed by the CA of the folder.
    func makeServerCertificate() throws {
        let authority = try CertificateAuthority.adopt(
            certificate: try certificate(layout.caCertificateFile), key: try key(layout.caKeyFile))
        try sign(with: authority, usages: [.serverAuth], hasEnded: false)
    }

    /// A client certificate that has ended.
    ///
    /// - Parameter authorityToo: whether its CA ended with it.
    func makeExpired(authorityToo: Bool) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var profile = CertificateProfile(commonName: layout.caCommonName, purpose: .authority, days: 1)
        profile.notBefore = past.begin
        if authorityToo { profile.notAfter = past.end }
        let caKey = try PrivateKey.generate(.ecdsaP256)
        try LabCertificates.write(caKey, to: path(layout.caKeyFile))
        let authority = try CertificateAuthority.create(profile, key: caKey)
        try LabCertificates.write(authority.certificate, to: path(layout.caCertificateFile))
        try replaceKey()
        try sign(with: authority, usages: [.clientAuth], hasEnded: true)
    }

    /// Another key in the place of the client's.
    func replaceKey() throws {
        try LabCertificates.write(try PrivateKey.generate(.ecdsaP256), to: path(layout.clientKeyFile))
    }

    private func sign(
        with authority: borrowing CertificateAuthority, usages: [ExtendedKeyUsage], hasEnded: Bool
    ) throws {
        var profile = CertificateProfile(commonName: layout.clientCommonName, purpose: .leaf(usages), days: 1)
        if hasEnded { (profile.notBefore, profile.notAfter) = past }
        let client = try authority.issue(profile, for: try key(layout.clientKeyFile))
        try LabCertificates.write(client, to: path(layout.clientCertificateFile))
    }

    private func certificate(_ file: String) throws -> Certificate {
        try Certificate.read(pem: GoFile.read(path(file)))[0]
    }

    private func key(_ file: String) throws -> PrivateKey { try PrivateKey.read(pem: GoFile.read(path(file))) }
}
