// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

/// Encrypted bundles, between openssl and us in both directions.
struct CredentialBundleTests {
    private func sealed(_ pair: borrowing Pair, passphrase: String = "secret") throws -> [UInt8] {
        try CredentialBundle.seal(
            certificate: pair.leaf, key: pair.key, authorities: [pair.authority.certificate],
            passphrase: secret(passphrase))
    }

    @Test("openssl reads what is sealed, with the algorithms of OpenSSL 3", arguments: KeyAlgorithm.allCases)
    func opensslReads(_ algorithm: KeyAlgorithm) throws {
        let folder = try ScratchFolder()
        let pair = try Pair(algorithm)
        try Data(sealed(pair)).write(to: folder.file("bundle.p12"))
        let text = try folder.openssl("pkcs12", "-in", "bundle.p12", "-info", "-passin", "pass:secret", "-noenc")
        #expect(text.contains("MAC: sha256, Iteration 100000\n"))
        let encryption = "PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256"
        #expect(text.components(separatedBy: encryption).count == 3, "certificates and key")
        #expect(text.contains("friendlyName: leaf"))
        let certificates = try Certificate.read(pem: Array(text.utf8))
        #expect(Set(certificates.map(\.der)) == [pair.leaf.der, pair.authority.certificate.der])
        #expect(try PrivateKey.read(pem: secret(text), passphrase: nil).publicKeyPEM() == pair.key.publicKeyPEM())
    }

    @Test("what is sealed opens again, with as many authorities as there were, in order", arguments: [0, 1, 3])
    func roundTrip(_ count: Int) throws {
        let pair = try Pair(.ecdsaP256)
        var authorities: [Certificate] = []
        for index in 0..<count {
            authorities.append(
                try CertificateAuthority.create(
                    CertificateProfile(commonName: "authority \(index)", purpose: .authority, days: 1),
                    key: .generate(.ecdsaP256)
                ).certificate)
        }
        let bytes = try CredentialBundle.seal(
            certificate: pair.leaf, key: pair.key, authorities: authorities, passphrase: secret("pässword ✓"))
        let bundle = try CredentialBundle.open(bytes, passphrase: secret("pässword ✓"))
        #expect(bundle.certificate == pair.leaf)
        #expect(bundle.authorities == authorities)
        #expect(try bundle.key.publicKeyFingerprint() == pair.key.publicKeyFingerprint())
    }

    /// What openssl is asked to seal with, on top of its defaults.
    static let options: [[String]] = [
        [], ["-aes256"], ["-certpbe", "AES-128-CBC", "-keypbe", "AES-128-CBC", "-macalg", "SHA512"],
        ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "SHA1"], ["-certpbe", "NONE"],
        ["-name", "ünïcode"],
    ]

    @Test("a bundle of openssl's opens", arguments: options)
    func readsOpenSSL(_ options: [String]) throws {
        let folder = try ScratchFolder()
        let pair = try Pair(.rsa2048)
        let bytes = try exported(pair, options, in: folder)
        let bundle = try CredentialBundle.open(bytes, passphrase: secret("secret"))
        #expect(bundle.certificate == pair.leaf)
        #expect(bundle.authorities == [pair.authority.certificate])
        #expect(try bundle.key.publicKeyFingerprint() == pair.key.publicKeyFingerprint())
    }

    @Test("a wrong passphrase is told apart from a bad file", arguments: ["", "Secret", "secret\n"])
    func wrongPassphrase(_ wrong: String) throws {
        let bytes = try sealed(try Pair(.ecdsaP256))
        let error = try #require(openingError(bytes, wrong))
        #expect(error.hasWrongPassphrase)
        #expect(error.reasons == ["the passphrase is wrong, or the file was changed"])
    }

    @Test("a bundle cut off anywhere says how much is missing")
    func truncated() throws {
        let bytes = try sealed(try Pair(.ecdsaP256))
        for length in stride(from: 8, to: bytes.count, by: 7) {
            let error = try #require(openingError(Array(bytes[..<length])))
            #expect(error.reasons == ["it is cut off: \(bytes.count - length) bytes are missing at its end"])
            #expect(!error.hasWrongPassphrase)
        }
        #expect(openingError(bytes + [0])?.reasons == ["there is something after its end"])
    }

    @Test("a bundle changed in its middle is refused")
    func tampered() throws {
        let folder = try ScratchFolder()
        // Few rounds, so that many changes can be tried.
        let bytes = try exported(try Pair(.ecdsaP256), ["-iter", "1"], in: folder)
        #expect(openingError(bytes) == nil)
        for index in stride(from: 0, to: bytes.count, by: 5) {
            var changed = bytes
            changed[index] ^= 0x10
            let error = openingError(changed)
            #expect(error != nil, "byte \(index)")
            #expect(error?.reasons.isEmpty == false)
        }
    }

    @Test("RC2 of old is named, with the command that mends it")
    func legacy() throws {
        let folder = try ScratchFolder()
        let bytes = try exported(try Pair(.rsa2048), ["-legacy"], in: folder)
        let error = try #require(openingError(bytes))
        #expect(error.description.contains("RC2, which older tools write"))
        #expect(error.hint?.contains("openssl pkcs12 -legacy -in OLD") == true)
        #expect(!error.hasWrongPassphrase)
        // The hint, typed.
        try "secret".write(to: folder.file("passphrase"), atomically: false, encoding: .utf8)
        let typed = try #require(error.hint).replacingOccurrences(of: "OLD", with: "bundle.p12 -passin file:passphrase")
            .replacingOccurrences(of: "-out NEW", with: "-out NEW -passout file:passphrase")
        let outcome = try Tool.require("sh").run(["-c", typed], in: folder.url)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(openingError(try folder.read("NEW")) == nil)
        #expect(!FileManager.default.fileExists(atPath: folder.file("PLAIN").path))
    }

    @Test("what is not PKCS#12 says so")
    func notPKCS12() throws {
        let pair = try Pair(.ecdsaP256)
        let reasons = try [
            [], Array("garbage".utf8), pair.leaf.der, [0x30, 0x00], [0x30, 0x80], [0x30, 0x84, 0, 0, 0, 0],
            Array(pair.leaf.pem.utf8),
        ].map { try #require(openingError($0)).reasons }
        let none = ["it is not PKCS#12"]
        #expect(
            reasons == [
                ["it is empty"], none, none, none, none, none,
                ["it is not PKCS#12, but a PEM file with a CERTIFICATE block"],
            ])
    }

    @Test("a bundle without a MAC, a key or a certificate is refused")
    func incomplete() throws {
        let folder = try ScratchFolder()
        let pair = try Pair(.ecdsaP256)
        #expect(openingError(try exported(pair, ["-nomac"], in: folder))?.description.contains("no MAC") == true)
        #expect(
            openingError(try exported(pair, ["-nokeys"], in: folder))?.reasons == ["there is no private key in it"])
        let keyOnly = try exported(pair, ["-nocerts"], in: folder)
        #expect(openingError(keyOnly)?.reasons == ["there is no certificate for its key in it"])
    }

    @Test("a bundle that asks for hours of work is refused at once")
    func endlessRounds() throws {
        let folder = try ScratchFolder()
        var bytes = try exported(try Pair(.ecdsaP256), ["-iter", "70000"], in: folder)
        // The last value of the file: INTEGER 70,000, whose top byte makes 8,327,536 of it.
        try #require(bytes.suffix(5).elementsEqual([0x02, 0x03, 0x01, 0x11, 0x70]))
        bytes[bytes.count - 3] = 0x7F
        #expect(openingError(bytes)?.reasons == ["it asks for 8327536 rounds of key derivation, of at most 5000000"])
    }

    /// The MAC is right and cheap; it is what it protects that would take hours. The second file asks for little in each
    /// of its parts, and for too much in all.
    @Test(
        "rounds behind the MAC are counted too, all together",
        arguments: [
            (["-iter", "5000001", "-certpbe", "NONE"], "it asks for 5000001 rounds"),
            (["-iter", "2600000"], "it asks for 2600000 rounds"),
        ])
    func innerRounds(_ options: [String], _ reason: String) throws {
        let folder = try ScratchFolder()
        let bytes = try exported(try Pair(.ecdsaP256), options + ["-nomaciter"], in: folder)
        let error = try #require(openingError(bytes))
        #expect(error.reasons.first?.hasPrefix(reason) == true, "\(error)")
        #expect(!error.hasWrongPassphrase)
    }

    @Test("what cannot be sealed is refused")
    func unsealable() throws {
        let pair = try Pair(.ecdsaP256)
        let other = try PrivateKey.generate(.ecdsaP256)
        let mismatch = refusal {
            _ = try CredentialBundle.seal(
                certificate: pair.leaf, key: other, authorities: [], passphrase: secret("x"))
        }
        #expect(mismatch?.description.contains("the key is not the certificate's (CN=leaf") == true)
        #expect(refusal { _ = try sealed(pair, passphrase: "") }?.reasons == ["the passphrase is empty"])
        #expect(refusal { _ = try sealed(pair, passphrase: "a\0b") }?.reasons == ["the passphrase holds a NUL"])
    }

    private func openingError(_ bytes: [UInt8], _ passphrase: String = "secret") -> OpenSSLError? {
        refusal { _ = try CredentialBundle.open(bytes, passphrase: secret(passphrase)) }
    }

    /// A bundle of openssl's making.
    private func exported(_ pair: borrowing Pair, _ options: [String], in folder: ScratchFolder) throws -> [UInt8] {
        try folder.write("leaf.pem", pair.leaf.pem)
        try folder.write("ca.pem", pair.authority.certificate.pem)
        try folder.write("key.pem", pair.key.pem().withBytes { String(decoding: $0, as: UTF8.self) })
        let outcome = try Tool.require("openssl").run(
            [
                "pkcs12", "-export", "-in", "leaf.pem", "-inkey", "key.pem", "-certfile", "ca.pem", "-passout",
                "pass:secret", "-out", "bundle.p12",
            ] + options, in: folder.url)
        try #require(outcome.status == 0, "\(outcome.output)")
        return try folder.read("bundle.p12")
    }
}
