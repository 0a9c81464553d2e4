// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import FoundationEssentials
import PKI

/// Front-proxy files of a lab as a fault has them: real ones, of other dates, usages or keys.
struct LabFrontProxyFault {
    let folder: String

    /// When a certificate is valid.
    enum Dates {
        /// A day that is long over.
        case past
        /// From in an hour on, for a few hours.
        case future

        fileprivate var bounds: (begin: Date, end: Date) {
            switch self {
            case .past: (Date(timeIntervalSince1970: 1_577_836_800), Date(timeIntervalSince1970: 1_577_923_200))
            case .future: (Date(timeIntervalSinceNow: 3600), Date(timeIntervalSinceNow: 6 * 3600))
            }
        }
    }

    private let layout = FrontProxyLayout.hardWay

    private func path(_ file: String) -> String { "\(folder)/\(file)" }

    /// A certificate for servers in the client's place, signed by the CA of the folder.
    func makeServerCertificate() throws {
        let authority = try CertificateAuthority.adopt(
            certificate: try certificate(layout.caCertificateFile), key: try key(layout.caKeyFile))
        try sign(with: authority, usages: [.serverAuth], dates: nil)
    }

    /// A CA, and a client certificate that is outside its dates.
    ///
    /// - Parameter authorityToo: whether the CA has ended too.
    func make(_ dates: Dates, authorityToo: Bool = false) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var profile = CertificateProfile(commonName: layout.caCommonName, purpose: .authority, days: 1)
        profile.notBefore = Dates.past.bounds.begin
        if authorityToo { profile.notAfter = Dates.past.bounds.end }
        let caKey = try PrivateKey.generate(.ecdsaP256)
        try LabCertificates.write(caKey, to: path(layout.caKeyFile))
        let authority = try CertificateAuthority.create(profile, key: caKey)
        try LabCertificates.write(authority.certificate, to: path(layout.caCertificateFile))
        try replaceKey()
        try sign(with: authority, usages: [.clientAuth], dates: dates)
    }

    /// Another key in the place of the client's.
    func replaceKey() throws {
        try LabCertificates.write(try PrivateKey.generate(.ecdsaP256), to: path(layout.clientKeyFile))
    }

    private func sign(
        with authority: borrowing CertificateAuthority, usages: [ExtendedKeyUsage], dates: Dates?
    ) throws {
        var profile = CertificateProfile(commonName: layout.clientCommonName, purpose: .leaf(usages), days: 1)
        if let dates { (profile.notBefore, profile.notAfter) = dates.bounds }
        let client = try authority.issue(profile, for: try key(layout.clientKeyFile))
        try LabCertificates.write(client, to: path(layout.clientCertificateFile))
    }

    private func certificate(_ file: String) throws -> Certificate {
        try Certificate.read(pem: GoFile.read(path(file)))[0]
    }

    private func key(_ file: String) throws -> PrivateKey { try PrivateKey.read(pem: GoFile.read(path(file))) }
}
