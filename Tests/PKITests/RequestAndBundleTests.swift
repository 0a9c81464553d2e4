// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

/// What goes elsewhere and comes back: requests, encrypted keys, bundles; openssl is the other side.
struct RequestAndBundleTests {
    @Test("openssl reads each request that is made, and finds what was asked for", arguments: KeyAlgorithm.allCases)
    func requests(_ algorithm: KeyAlgorithm) throws {
        let folder = try ScratchFolder()
        let key = try PrivateKey.generate(algorithm)
        let made = try CertificateRequest.create(
            commonName: "aggregator", organizations: ["one"], usages: [.clientAuth],
            names: [.dns("a.example,DNS:evil"), .ip([10, 0, 0, 1])], key: key)
        try folder.write("request.pem", made.pem)
        let text = try folder.openssl("req", "-in", "request.pem", "-noout", "-verify", "-text")
        #expect(text.contains("TLS Web Client Authentication"))
        #expect(text.contains("CN = aggregator"))
        let again = try CertificateRequest.read(pem: folder.read("request.pem"))
        #expect(again == made)
        #expect(again.organizations == ["one"])
        #expect(again.extendedKeyUsages == [.clientAuth])
        #expect(again.subjectAlternativeNames == [.dns("a.example,DNS:evil"), .ip([10, 0, 0, 1])])
        #expect(try again.publicKeyFingerprint == key.publicKeyFingerprint())
    }

    @Test("a request whose signature is another key's is refused")
    func forgedRequest() throws {
        let made = try CertificateRequest.create(commonName: "x", key: .generate(.ecdsaP256))
        var der = made.der
        der[der.count - 1] ^= 1
        let pem =
            "-----BEGIN CERTIFICATE REQUEST-----\n\(Data(der).base64EncodedString())\n-----END CERTIFICATE REQUEST-----\n"
        #expect(throws: OpenSSLError.self) { _ = try CertificateRequest.read(pem: Array(pem.utf8)) }
    }

    @Test("encrypted keys of openssl's making open with their passphrase, and with no other", arguments: [true, false])
    func encryptedKeys(_ isTraditional: Bool) throws {
        let folder = try ScratchFolder()
        if isTraditional {
            try folder.openssl(
                "genrsa", "-traditional", "-aes128", "-passout", "pass:open sesame", "-out", "key.pem", "2048")
        } else {
            try folder.openssl(
                "genpkey", "-algorithm", "EC", "-pkeyopt", "group:P-256", "-aes256", "-pass", "pass:open sesame",
                "-out",
                "key.pem")
        }
        let pem = secret(try folder.read("key.pem"))
        let opened = try PrivateKey.read(pem: pem, passphrase: secret(Array("open sesame".utf8)))
        #expect(
            try opened.publicKeyPEM()
                == folder.openssl("pkey", "-in", "key.pem", "-passin", "pass:open sesame", "-pubout"))
        do throws(OpenSSLError) {
            _ = try PrivateKey.read(pem: pem, passphrase: nil)
            Issue.record("an encrypted key is read without its passphrase")
        } catch { #expect(error.needsPassphrase) }
        do throws(OpenSSLError) {
            _ = try PrivateKey.read(pem: pem, passphrase: secret(Array("wrong".utf8)))
            Issue.record("an encrypted key is read with another passphrase")
        } catch {
            #expect(error.reasons.first == "the passphrase does not open it")
            #expect(!error.needsPassphrase)
        }
    }

    @Test("openssl opens a bundle, and finds the certificate, the key and the authority")
    func sealedBundle() throws {
        let folder = try ScratchFolder()
        let pair = try Pair(.ecdsaP256)
        let sealed = try CredentialBundle.seal(
            certificate: pair.leaf, key: pair.key, authorities: [pair.authority.certificate], name: "front-proxy",
            passphrase: secret(Array("open sesame".utf8)))
        try Data(sealed).write(to: folder.file("bundle.p12"))
        let text = try folder.openssl(
            "pkcs12", "-in", "bundle.p12", "-info", "-nodes", "-passin", "pass:open sesame")
        #expect(text.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
        #expect(text.contains("BEGIN PRIVATE KEY"))
        #expect(text.contains("AES-256-CBC"))
        #expect(text.contains("MAC: sha256"))
        let opened = try CredentialBundle.open(sealed, passphrase: secret(Array("open sesame".utf8)))
        #expect(opened.certificate == pair.leaf)
        #expect(opened.authorities == [pair.authority.certificate])
        #expect(try opened.key.publicKeyFingerprint() == pair.leaf.publicKeyFingerprint)
    }

    @Test("a bundle that is cut, changed, sealed in an old way or for another passphrase says why it does not open")
    func damagedBundles() throws {
        let folder = try ScratchFolder()
        let pair = try Pair(.ecdsaP256)
        let word = Array("open sesame".utf8)
        let sealed = try CredentialBundle.seal(
            certificate: pair.leaf, key: pair.key, authorities: [], name: "x", passphrase: secret(word))
        func reason(_ bytes: [UInt8], _ passphrase: [UInt8]) -> String {
            do throws(OpenSSLError) {
                _ = try CredentialBundle.open(bytes, passphrase: secret(passphrase))
                return "opened"
            } catch { return error.reasons.first ?? "" }
        }
        #expect(reason(sealed, word) == "opened")
        #expect(reason(Array(sealed.dropLast(10)), word) == "it is not a PKCS#12 file, or not all of one")
        #expect(reason([], word) == "it is not a PKCS#12 file, or not all of one")
        var changed = sealed
        changed[sealed.count / 2] ^= 0x40
        #expect(reason(changed, word) == "the passphrase does not open it, or it is damaged")
        #expect(reason(sealed, Array("x".utf8)) == "the passphrase does not open it, or it is damaged")
        // As Windows and Java did for long: RC2, which OpenSSL 3 keeps in its legacy provider only.
        try folder.write("leaf.pem", pair.leaf.pem)
        try folder.write("key.pem", String(decoding: pair.key.pem().withBytes { Array($0) }, as: UTF8.self))
        try folder.openssl(
            "pkcs12", "-export", "-legacy", "-in", "leaf.pem", "-inkey", "key.pem", "-passout", "pass:x", "-out",
            "old.p12")
        #expect(reason(try folder.read("old.p12"), Array("x".utf8)) != "opened")
    }

    private func secret(_ bytes: [UInt8]) -> SecretBytes { bytes.span.withUnsafeBytes { SecretBytes(copying: $0) } }
}
