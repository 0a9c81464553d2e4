// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

/// 60 pairs over algorithms, uses, ways of issuing and dates, judged together.
struct BatchTests {
    /// The present (and in 90 days), the last second of UTCTime, and the first of GeneralizedTime.
    private static let ends: [(name: String, date: Date)] = [
        ("soon", Date(timeIntervalSince1970: (Date().timeIntervalSince1970 + 90 * 86_400).rounded(.down))),
        ("2049-12-31", Date(timeIntervalSince1970: 2_524_607_999)),
        ("2050-01-01", Date(timeIntervalSince1970: 2_524_608_000)),
    ]

    private static let profiles: [(name: String, usages: [ExtendedKeyUsage], names: [SubjectAlternativeName])] = [
        ("client", [.clientAuth], []),
        ("both", [.clientAuth, .serverAuth], [.dns("proxy.example.com"), .ip([10, 0, 0, 1])]),
    ]

    @Test("pkilint at WARNING, openssl -x509_strict, certtool and Go find nothing in 60 pairs")
    func batch() throws {
        let folder = try ScratchFolder()
        let pairs = try Self.make(in: folder)
        #expect(pairs.count == 60)
        for judge in Judge.present {
            #expect(try judge.complaints(pairs) == [])
        }
    }

    @Test("the batch's judges do complain", arguments: Judge.present)
    func batchCanRefuse(_ judge: Judge) throws {
        let folder = try ScratchFolder()
        // keyEncipherment on an EC key (RFC 8813), no identifiers, and another authority's signature.
        try folder.write(
            "configuration",
            "[req]\nprompt=no\ndistinguished_name=n\nx509_extensions=e\n[n]\nCN=x\n"
                + "[e]\nbasicConstraints=CA:FALSE\nkeyUsage=keyEncipherment\n")
        try folder.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", "k", "-config",
            "configuration", "-out", "bad.pem")
        let authority = try folder.write("ca.pem", Pair(.ecdsaP256).authority.certificate.pem)
        let bad = JudgedPair(leaf: folder.file("bad.pem"), authority: authority)
        #expect(try judge.complaints([bad]).isEmpty == false)
    }

    /// Keys are made once an algorithm: RSA 4096 takes its time, and the certificates are what is judged.
    private static func make(in folder: ScratchFolder) throws -> [JudgedPair] {
        var pairs: [JudgedPair] = []
        for algorithm in KeyAlgorithm.allCases {
            let leafKey = try PrivateKey.generate(algorithm)
            let authorityKey = try PrivateKey.generate(algorithm).pem()
            for end in ends {
                let authority = try CertificateAuthority.create(
                    try CertificateProfile(commonName: "front-proxy-ca", purpose: .authority, notAfter: end.date),
                    key: PrivateKey.read(pem: authorityKey))
                let file = "\(algorithm.rawValue)-\(end.name)"
                let authorityFile = try folder.write("\(file)-ca.pem", authority.certificate.pem)
                for (name, usages, names) in profiles {
                    let profile = try CertificateProfile(
                        commonName: "front-proxy-client", purpose: .leaf(usages), names: names, notAfter: end.date)
                    let direct = try authority.issue(profile, for: leafKey)
                    let request = try CertificateRequest.create(
                        commonName: "anything", usages: usages, names: names, key: leafKey)
                    let requested = try authority.issue(request, profile: profile)
                    for (way, leaf) in [("direct", direct), ("requested", requested)] {
                        #expect(leaf.notAfter == end.date)
                        let leafFile = try folder.write("\(file)-\(name)-\(way).pem", leaf.pem)
                        pairs.append(JudgedPair(leaf: leafFile, authority: authorityFile))
                    }
                }
            }
        }
        return pairs
    }
}
