// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

/// Keys that openssl has written, with and without a passphrase, as they lie on disks.
struct EncryptedKeyTests {
    /// How openssl writes a key to `key.pem`, and how its first line begins.
    struct Form: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let arguments: [String]
        let header: String
    }

    static let plain = [
        Form(
            testDescription: "PKCS#8", arguments: ["genpkey", "-algorithm", "EC", "-pkeyopt", "group:P-256"],
            header: "-----BEGIN PRIVATE KEY"),
        Form(testDescription: "PKCS#1", arguments: ["genrsa", "-traditional"], header: "-----BEGIN RSA PRIVATE"),
        Form(
            testDescription: "SEC 1", arguments: ["ecparam", "-name", "secp384r1", "-genkey", "-noout"],
            header: "-----BEGIN EC PRIVATE"),
    ]

    static let encrypted = [
        Form(
            testDescription: "PKCS#8, AES",
            arguments: ["genpkey", "-algorithm", "EC", "-pkeyopt", "group:P-256", "-aes256", "-pass", "pass:secret"],
            header: "-----BEGIN ENCRYPTED PRIVATE"),
        Form(
            testDescription: "PKCS#8, 3DES",
            arguments: ["genpkey", "-algorithm", "ED25519", "-des3", "-pass", "pass:secret"],
            header: "-----BEGIN ENCRYPTED PRIVATE"),
        Form(
            testDescription: "traditional RSA",
            arguments: ["genrsa", "-aes128", "-traditional", "-passout", "pass:secret"],
            header: "-----BEGIN RSA PRIVATE"),
    ]

    private func make(_ form: Form, in folder: ScratchFolder) throws -> SecretBytes {
        let outcome = try Tool.require("openssl").run(form.arguments + ["-out", "key.pem"], in: folder.url)
        try #require(outcome.status == 0, "\(outcome.output)")
        let pem = try folder.read("key.pem")
        try #require(String(decoding: pem, as: UTF8.self).hasPrefix(form.header))
        return secret(pem)
    }

    @Test("a key without encryption is read with and without a passphrase", arguments: plain)
    func readsPlain(_ form: Form) throws {
        let folder = try ScratchFolder()
        let pem = try make(form, in: folder)
        let expected = try folder.openssl("pkey", "-in", "key.pem", "-pubout")
        #expect(try PrivateKey.read(pem: pem, passphrase: nil).publicKeyPEM() == expected)
        #expect(try PrivateKey.read(pem: pem, passphrase: secret("anything")).publicKeyPEM() == expected)
    }

    @Test("an encrypted key is read with its passphrase", arguments: encrypted)
    func readsEncrypted(_ form: Form) throws {
        let folder = try ScratchFolder()
        let pem = try make(form, in: folder)
        let expected = try folder.openssl("pkey", "-in", "key.pem", "-passin", "pass:secret", "-pubout")
        #expect(try PrivateKey.read(pem: pem, passphrase: secret("secret")).publicKeyPEM() == expected)
    }

    @Test("a legacy SEC 1 key under a passphrase is read as well")
    func readsEncryptedSEC1() throws {
        let folder = try ScratchFolder()
        try folder.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "plain.pem")
        try folder.openssl("ec", "-in", "plain.pem", "-aes256", "-passout", "pass:secret", "-out", "key.pem")
        let pem = try folder.read("key.pem")
        #expect(String(decoding: pem, as: UTF8.self).contains("Proc-Type: 4,ENCRYPTED"))
        let key = try PrivateKey.read(pem: secret(pem), passphrase: secret("secret"))
        #expect(try key.publicKeyPEM() == folder.openssl("pkey", "-in", "plain.pem", "-pubout"))
    }

    @Test("an encrypted key says that it needs a passphrase, and which one is wrong", arguments: encrypted)
    func refusals(_ form: Form) throws {
        let folder = try ScratchFolder()
        let pem = try make(form, in: folder)
        let missing = try #require(refusal { _ = try PrivateKey.read(pem: pem, passphrase: nil) })
        #expect(missing.needsPassphrase && !missing.hasWrongPassphrase)
        #expect(missing.description == "could not read a private key: it is encrypted")
        for wrong in ["Secret", "", "secret ", String(repeating: "x", count: 1024)] {
            let error = try #require(refusal { _ = try PrivateKey.read(pem: pem, passphrase: secret(wrong)) })
            #expect(error.hasWrongPassphrase && !error.needsPassphrase, "\(error)")
            #expect(error.description.contains("the passphrase is wrong"))
        }
        let endless = String(repeating: "x", count: 1025)
        let tooLong = try #require(refusal { _ = try PrivateKey.read(pem: pem, passphrase: secret(endless)) })
        #expect(tooLong.description.contains("longer than OpenSSL takes (1024 bytes)"))
        #expect(!tooLong.hasWrongPassphrase)
    }

    /// One wrong passphrase in 256 leaves bytes whose padding looks right, and that are no key all the same.
    @Test("a wrong passphrase is called that, whatever the bytes come to")
    func wrongPassphrasesWhosePaddingFits() throws {
        let folder = try ScratchFolder()
        try folder.openssl("genpkey", "-algorithm", "ED25519", "-out", "plain.pem")
        try folder.openssl(
            "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", "1", "-in", "plain.pem", "-passout", "pass:secret",
            "-out",
            "key.pem")
        let pem = secret(try folder.read("key.pem"))
        for number in 0..<2000 {
            let error = try #require(
                refusal { _ = try PrivateKey.read(pem: pem, passphrase: secret("wrong \(number)")) })
            #expect(error.hasWrongPassphrase, "\(number): \(error)")
        }
    }

    /// Nothing protects the counts of an encrypted key, so anybody can raise them.
    @Test(
        "a key that asks for hours of work is refused at once",
        arguments: [
            (["-iter", "70000"], [0x02, 0x03, 0x01, 0x11, 0x70], 2, "8327536"),
            (["-v1", "PBE-SHA1-3DES", "-iter", "70000"], [0x02, 0x03, 0x01, 0x11, 0x70], 2, "8327536"),
            // N, r and p of scrypt: p becomes 127.
            (["-scrypt"], [0x02, 0x02, 0x40, 0x00, 0x02, 0x01, 0x08, 0x02, 0x01, 0x01], 9, "16646144"),
        ] as [([String], [UInt8], Int, String)])
    func endlessRounds(_ options: [String], _ count: [UInt8], _ offset: Int, _ rounds: String) throws {
        let folder = try ScratchFolder()
        try folder.openssl("genpkey", "-algorithm", "ED25519", "-out", "plain.pem")
        let made = try Tool.require("openssl").run(
            ["pkcs8", "-topk8", "-in", "plain.pem", "-passout", "pass:secret", "-outform", "DER", "-out", "key.der"]
                + options, in: folder.url)
        try #require(made.status == 0, "\(made.output)")
        var der = try folder.read("key.der")
        let start = try #require(der.indices.first { der[$0...].starts(with: count) })
        der[start + offset] = 0x7F
        let pem =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
            + Data(der).base64EncodedString(options: .lineLength64Characters)
            + "\n-----END ENCRYPTED PRIVATE KEY-----\n"
        let error = try #require(refusal { _ = try PrivateKey.read(pem: secret(pem), passphrase: secret("secret")) })
        #expect(
            error.reasons == ["it asks for \(rounds) rounds of key derivation, of at most 5000000"], "\(error)")
    }

    @Test("encryption that OpenSSL 3 has dropped is named as such, not called a wrong passphrase")
    func legacyEncryption() throws {
        let folder = try ScratchFolder()
        try folder.openssl("genpkey", "-algorithm", "ED25519", "-out", "plain.pem")
        let made = try Tool.require("openssl").run(
            [
                "pkcs8", "-topk8", "-v1", "PBE-MD5-DES", "-provider", "legacy", "-provider", "default", "-in",
                "plain.pem", "-passout", "pass:secret", "-out", "key.pem",
            ], in: folder.url)
        try #require(made.status == 0, "\(made.output)")
        let pem = secret(try folder.read("key.pem"))
        let error = try #require(refusal { _ = try PrivateKey.read(pem: pem, passphrase: secret("secret")) })
        #expect(error.description.contains("encrypted in a way that this OpenSSL does not know"))
        #expect(!error.hasWrongPassphrase && !error.needsPassphrase)
        #expect(error.hint?.contains("-provider legacy") == true)
    }

    @Test("other failures claim nothing about a passphrase", arguments: ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
    func unrelatedFailures(_ text: String) throws {
        let error = try #require(refusal { _ = try PrivateKey.read(pem: secret(text), passphrase: secret("x")) })
        #expect(!error.needsPassphrase && !error.hasWrongPassphrase)
    }
}

struct SecretBytesTests {
    struct Refused: Error {}

    @Test("keeps what was filled, and no more", arguments: [(10, 4), (10, 10), (10, 11), (10, -1), (0, 0), (-5, 3)])
    func reading(_ capacity: Int, _ filled: Int) throws {
        let secret = SecretBytes.reading(upTo: capacity) { buffer in
            #expect(buffer.count == max(capacity, 0))
            for index in buffer.indices { buffer[index] = UInt8(index + 1) }
            return filled
        }
        let kept = min(max(filled, 0), max(capacity, 0))
        #expect(secret.count == kept)
        #expect(secret.withBytes { Array($0) } == (0..<kept).map { UInt8($0 + 1) })
    }

    @Test("passes on what the reader throws")
    func throwing() {
        #expect(throws: Refused.self) {
            _ = try SecretBytes.reading(upTo: 8) { (_) throws(Refused) in throw Refused() }
        }
    }

    @Test("copies bytes, none too", arguments: [[], [1, 2, 3]] as [[UInt8]])
    func copying(_ bytes: [UInt8]) {
        let copy = bytes.span.withUnsafeBytes { SecretBytes(copying: $0) }
        #expect(copy.withBytes { Array($0) } == bytes)
    }
}

struct PEMBlockTests {
    @Test("names the blocks of a file in order, with the damaged ones")
    func kinds() throws {
        let folder = try ScratchFolder()
        try folder.openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", "key.pem")
        try folder.openssl("req", "-x509", "-key", "key.pem", "-subj", "/CN=x", "-text", "-out", "certificate.pem")
        let file = try folder.read("key.pem") + folder.read("certificate.pem") + Array("-----BEGIN X-----\r\n".utf8)
        let kinds = ["EC PARAMETERS", "EC PRIVATE KEY", "CERTIFICATE", "X"]
        #expect(PEMBlock.kinds(in: file) == kinds)
        #expect(PEMBlock.kinds(in: secret(file)) == kinds)
    }

    @Test(
        "sees no block where there is none",
        arguments: [
            "", "x", "-----BEGIN ", "-----BEGIN X", "-----BEGIN X----", " -----BEGIN X-----", "-----END X-----",
        ])
    func none(_ text: String) {
        #expect(PEMBlock.kinds(in: Array(text.utf8)).isEmpty)
    }
}

/// The bytes as somebody who cared would hold them.
func secret(_ bytes: [UInt8]) -> SecretBytes { bytes.span.withUnsafeBytes { SecretBytes(copying: $0) } }

func secret(_ text: String) -> SecretBytes { secret(Array(text.utf8)) }

/// What `body` throws, where that is an error of ours.
func refusal(_ body: () throws -> Void) -> OpenSSLError? {
    do {
        try body()
        return nil
    } catch {
        return error as? OpenSSLError
    }
}
