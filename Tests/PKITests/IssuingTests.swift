// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

/// What is issued, as others read and judge it.
struct IssuingTests {
    /// The judges need their programs on PATH; a test below says when some are absent.
    @Test(
        "every judge on PATH accepts what is issued, with each algorithm", arguments: Judge.present,
        KeyAlgorithm.allCases)
    func judged(_ judge: Judge, _ algorithm: KeyAlgorithm) throws {
        let folder = try ScratchFolder()
        let pair = try Pair(algorithm)
        let authority = try folder.write("ca.pem", pair.authority.certificate.pem)
        let leaf = try folder.write("leaf.pem", pair.leaf.pem)
        #expect(try judge.complaint(leaf: leaf, authority: authority) == nil)
    }

    // Said aloud as a skipped test: a judge that is not installed proved nothing in this run.
    @Test(
        "judges are on PATH", .enabled(if: Set(Judge.present).isSuperset(of: Judge.allCases), "not every judge is here")
    )
    func judgesArePresent() {
        #expect(Judge.present == Judge.allCases)
    }

    @Test("openssl, the least of the judges, is there")
    func opensslIsPresent() {
        #expect(Judge.present.contains(.openssl))
    }

    @Test("the judges refuse a leaf of another authority", arguments: Judge.present.filter { $0 != .pkilint })
    func judgesCanRefuse(_ judge: Judge) throws {
        let folder = try ScratchFolder()
        let leaf = try folder.write("leaf.pem", Pair(.ecdsaP256).leaf.pem)
        let other = try folder.write("ca.pem", Pair(.ecdsaP256).authority.certificate.pem)
        #expect(try judge.complaint(leaf: leaf, authority: other) != nil)
    }

    @Test("the profile of an authority")
    func authorityProfile() throws {
        let certificate = try Pair(.ecdsaP256).authority.certificate
        let text = try opensslText(certificate)
        #expect(text.contains("X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0\n"))
        #expect(text.contains("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n"))
        #expect(text.contains("Signature Algorithm: ecdsa-with-SHA256"))
        #expect(certificate.isCertificateAuthority)
        #expect(certificate.subject == "CN=authority")
        #expect(certificate.issuer == certificate.subject)
        #expect(certificate.keyUsages == ["keyCertSign", "cRLSign"])
        #expect(certificate.extendedKeyUsages.isEmpty)
        #expect(certificate.subjectKeyIdentifier?.count == 59)
    }

    @Test("the profile of a leaf: RSA keys alone may encipher keys (RFC 8813)", arguments: KeyAlgorithm.allCases)
    func leafProfile(_ algorithm: KeyAlgorithm) throws {
        let pair = try Pair(algorithm)
        let leaf = pair.leaf
        let isRSA = algorithm.rawValue.hasPrefix("rsa")
        #expect(leaf.keyUsages == (isRSA ? ["digitalSignature", "keyEncipherment"] : ["digitalSignature"]))
        #expect(leaf.extendedKeyUsages == [.clientAuth])
        #expect(!leaf.isCertificateAuthority)
        #expect(leaf.authorityKeyIdentifier == pair.authority.certificate.subjectKeyIdentifier)
        #expect(leaf.subjectKeyIdentifier != nil)
        #expect(leaf.keyAlgorithm == algorithm.displayName)
        #expect(leaf.subject == "CN=leaf,O=two,O=one")
        #expect(leaf.organizations == ["one", "two"])
        #expect(leaf.issuer == pair.authority.certificate.subject)
        let text = try opensslText(leaf)
        #expect(text.contains("X509v3 Basic Constraints: critical\n                CA:FALSE\n"))
        #expect(text.contains("Version: 3 (0x2)"))
        #expect(text.contains(isRSA ? "sha256WithRSAEncryption" : "ecdsa-with-SHA256"))
    }

    @Test("serials are positive, 159 bits wide at most, and never the same")
    func serials() throws {
        var seen: Set<String> = []
        let pair = try Pair(.ecdsaP256)
        for _ in 0..<64 {
            let serial = try pair.authority.issue(.client("x", days: 1), for: pair.key).serial
            #expect(!serial.hasPrefix("-") && serial.count <= 40)
            #expect(serial.count < 40 || "01234567".contains(serial.prefix(1)))
            seen.insert(serial)
        }
        #expect(seen.count == 64)
        // One in 65,536 has two leading zero octets; that half of 64 have is out of the question.
        #expect(seen.filter { $0.count == 40 }.count > 16)
    }

    @Test("a certificate begins five minutes ago, lasts its days, and never outlives its authority")
    func lifetimes() throws {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        let key = try PrivateKey.generate(.ecdsaP256)
        let authority = try CertificateAuthority.create(
            .authority("authority", days: 100, now: now), key: .generate(.ecdsaP256))
        let short = try authority.issue(.client("a", days: 99, now: now), for: key)
        #expect(short.notBefore == now.addingTimeInterval(-300))
        #expect(short.notAfter == now.addingTimeInterval(99 * 86_400))
        let long = try authority.issue(.client("a", days: 101, now: now), for: key)
        #expect(long.notAfter == authority.certificate.notAfter)
        let early = try authority.issue(
            .client("a", days: 9, now: now.addingTimeInterval(-86_400)), for: key)
        #expect(early.notBefore == authority.certificate.notBefore)
    }

    /// Seconds since 1970 of the ends of 2049 and the beginning of 2050, and of the last moment there is.
    @Test(
        "times are UTCTime to 2049 and GeneralizedTime from 2050",
        arguments: [
            (2_524_607_999.0, "UTCTIME", "491231235959Z"), (2_524_608_000.0, "GENERALIZEDTIME", "20500101000000Z"),
            (253_402_300_799.0, "GENERALIZEDTIME", "99991231235959Z"),
        ])
    func timeTypes(_ seconds: Double, _ type: String, _ text: String) throws {
        var profile = CertificateProfile.authority("authority", days: 1)
        profile.notAfter = Date(timeIntervalSince1970: seconds)
        let authority = try CertificateAuthority.create(profile, key: .generate(.ecdsaP256))
        #expect(authority.certificate.notAfter == Date(timeIntervalSince1970: seconds))
        let folder = try ScratchFolder()
        try folder.write("ca.pem", authority.certificate.pem)
        let structure = try folder.openssl("asn1parse", "-in", "ca.pem")
        #expect(structure.split(separator: "\n").contains { $0.contains(type) && $0.hasSuffix(":" + text) })
    }

    @Test("a common name that X.509 cannot hold is refused", arguments: ["", String(repeating: "x", count: 65)])
    func impossibleNames(_ name: String) {
        #expect(throws: OpenSSLError.self) {
            _ = try CertificateAuthority.create(
                .authority(name, days: 1), key: .generate(.ecdsaP256))
        }
    }

    @Test("serverAuth and names appear when asked for, and only as asked")
    func names() throws {
        let pair = try Pair(.ecdsaP256)
        let names: [SubjectAlternativeName] = [
            .dns("a.example.com,DNS:evil.example.com"), .dns("@section"), .ip([10, 0, 0, 1]),
            .ip([UInt8](repeating: 0, count: 15) + [1]),
        ]
        let profile = CertificateProfile(
            commonName: "leaf", purpose: .leaf([.clientAuth, .serverAuth]), names: names, days: 1)
        let leaf = try pair.authority.issue(profile, for: pair.key)
        #expect(leaf.subjectAlternativeNames == names)
        #expect(leaf.extendedKeyUsages == [.clientAuth, .serverAuth])
    }

    private func opensslText(_ certificate: Certificate) throws -> String {
        let folder = try ScratchFolder()
        try folder.write("certificate.pem", certificate.pem)
        return try folder.openssl("x509", "-in", "certificate.pem", "-noout", "-text")
    }
}

extension CertificateProfile {
    fileprivate static func authority(_ name: String, days: Int, now: Date = Date()) -> CertificateProfile {
        CertificateProfile(commonName: name, purpose: .authority, days: days, now: now)
    }

    fileprivate static func client(_ name: String, days: Int, now: Date = Date()) -> CertificateProfile {
        CertificateProfile(commonName: name, purpose: .leaf([.clientAuth]), days: days, now: now)
    }
}

/// A fresh authority and a client certificate of its signing.
struct Pair: ~Copyable {
    let authority: CertificateAuthority
    let key: PrivateKey
    let leaf: Certificate

    init(_ algorithm: KeyAlgorithm) throws {
        let authority = try CertificateAuthority.create(
            .authority("authority", days: 3650), key: .generate(algorithm))
        let key = try PrivateKey.generate(algorithm)
        leaf = try authority.issue(
            CertificateProfile(
                commonName: "leaf", organizations: ["one", "two"], purpose: .leaf([.clientAuth]), days: 365),
            for: key)
        self.authority = authority
        self.key = key
    }
}
