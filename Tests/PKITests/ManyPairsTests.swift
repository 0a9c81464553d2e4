// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

/// Some seventy pairs over algorithms, dates and kinds of CA, judged by others in batches. More by hand:
///
///     KBOOTSTRAP_PAIRS=1000 scripts/test --filter ManyPairsTests
struct ManyPairsTests {
    /// The ends of the leaves: soon, the last second of UTCTime, and the first of GeneralizedTime (RFC 5280, 4.1.2.5).
    static let ends = ["2027-01-01T00:00:00Z", "2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z"]

    @Test("the judges find nothing wrong with any of them")
    func judged() throws {
        let folder = try ScratchFolder()
        let wanted = Int(ProcessInfo.processInfo.environment["KBOOTSTRAP_PAIRS"] ?? "") ?? 50
        var judged = 0
        repeat {
            let pairs = try made(in: folder)
            judged += pairs.count
            for judge in Judge.present { #expect(try judge.complaints(pairs) == []) }
        } while judged < wanted
    }

    private func made(in folder: ScratchFolder) throws -> [JudgedPair] {
        let foreign = try foreignAuthorities(folder)
        let kinds = ["own-ecdsa-p256", "own-ecdsa-p384", "own-rsa-2048"] + foreign
        var pairs: [JudgedPair] = []
        for kind in kinds {
            let authority = try authority(kind, folder)
            let authorityFile = try folder.write("\(kind).ca.pem", authority.certificate.pem)
            for end in Self.ends {
                for algorithm in [KeyAlgorithm.ecdsaP256, .ecdsaP384, .rsa2048] {
                    let name = "\(kind)-\(algorithm.rawValue)-\(end.prefix(4))"
                    var profile = CertificateProfile(commonName: name, purpose: .leaf([.clientAuth]), days: 1)
                    profile.notAfter = try Date(end, strategy: .iso8601)
                    let key = try PrivateKey.generate(algorithm)
                    let leaf = try authority.issue(profile, for: key)
                    #expect(leaf.notAfter == profile.notAfter)
                    pairs.append(JudgedPair(leaf: try folder.write("\(name).pem", leaf.pem), authority: authorityFile))
                    // A successor of it must be as good.
                    let renewed = try authority.renew(leaf, until: profile.notAfter, for: key)
                    #expect(renewed.subject == leaf.subject && renewed.serial != leaf.serial)
                    pairs.append(
                        JudgedPair(leaf: try folder.write("\(name)-renewed.pem", renewed.pem), authority: authorityFile)
                    )
                }
            }
        }
        return pairs
    }

    private func authority(_ kind: String, _ folder: ScratchFolder) throws -> CertificateAuthority {
        if kind.hasPrefix("own-") {
            let algorithm = try #require(KeyAlgorithm(rawValue: String(kind.dropFirst(4))))
            let profile = CertificateProfile(commonName: "authority", purpose: .authority, days: 20000)
            return try CertificateAuthority.create(profile, key: .generate(algorithm))
        }
        let certificate = try Certificate.read(pem: folder.read("\(kind).crt"))[0]
        return try CertificateAuthority.adopt(
            certificate: certificate, key: .read(pem: folder.read("\(kind).key")))
    }

    /// As kubeadm makes its CA: PrintableString, RSA 2048, a subject key identifier, key usage with keyEncipherment.
    private func foreignAuthorities(_ folder: ScratchFolder) throws -> [String] {
        try folder.write(
            "kubeadm.cnf",
            """
            [req]
            string_mask = default
            distinguished_name = name
            x509_extensions = extensions
            prompt = no
            [name]
            CN = front-proxy-ca
            [extensions]
            keyUsage = critical,digitalSignature,keyEncipherment,keyCertSign
            basicConstraints = critical,CA:TRUE
            subjectKeyIdentifier = hash
            """)
        try folder.openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "20000", "-config", "kubeadm.cnf", "-keyout",
            "kubeadm.key", "-out", "kubeadm.crt")
        return ["kubeadm"]
    }
}
