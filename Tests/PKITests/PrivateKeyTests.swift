// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

struct PrivateKeyTests {
    @Test("openssl reads each key that is made, and finds its size", arguments: KeyAlgorithm.allCases)
    func generated(_ algorithm: KeyAlgorithm) throws {
        let folder = try ScratchFolder()
        let key = try PrivateKey.generate(algorithm)
        let pem = try key.pem().withBytes { Array($0) }
        try folder.write("key.pem", String(decoding: pem, as: UTF8.self))

        let text = try folder.openssl("pkey", "-in", "key.pem", "-noout", "-text")
        let expected: [KeyAlgorithm: String] = [
            .ecdsaP256: "NIST CURVE: P-256", .ecdsaP384: "NIST CURVE: P-384", .rsa2048: "(2048 bit,",
            .rsa3072: "(3072 bit,", .rsa4096: "(4096 bit,",
        ]
        #expect(text.contains(try #require(expected[algorithm])))
        #expect(String(decoding: pem, as: UTF8.self).hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        #expect(key.algorithmName == algorithm.displayName)
        #expect(try folder.openssl("pkey", "-in", "key.pem", "-pubout") == key.publicKeyPEM())

        let again = try PrivateKey.read(pem: pem)
        #expect(try again.publicKeyFingerprint() == key.publicKeyFingerprint())
    }

    /// How openssl is asked for a key, and what it is.
    static let foreign: [(arguments: [String], name: String)] = [
        (["genrsa", "-traditional", "-out", "key.pem", "2048"], "RSA 2048"),
        (["genpkey", "-algorithm", "RSA", "-out", "key.pem"], "RSA 2048"),
        (["ecparam", "-name", "prime256v1", "-genkey", "-out", "key.pem"], "ECDSA P-256"),
        (["ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", "key.pem"], "ECDSA P-384"),
        (["genpkey", "-algorithm", "EC", "-pkeyopt", "group:P-521", "-out", "key.pem"], "ECDSA P-521"),
        (["genpkey", "-algorithm", "ED25519", "-out", "key.pem"], "ED25519"),
    ]

    @Test("keys of openssl's making are read in PKCS#8, PKCS#1 and SEC1", arguments: foreign)
    func readsForeignKeys(_ row: (arguments: [String], name: String)) throws {
        let folder = try ScratchFolder()
        try Tool.require("openssl").run(row.arguments, in: folder.url)
        let key = try PrivateKey.read(pem: folder.read("key.pem"))
        #expect(key.algorithmName == row.name)
        #expect(try key.publicKeyPEM() == folder.openssl("pkey", "-in", "key.pem", "-pubout"))
    }

    @Test("an encrypted key is refused with its reason, and nobody is asked", arguments: [true, false])
    func encrypted(traditional: Bool) throws {
        let folder = try ScratchFolder()
        let plain = ["genrsa", "-aes128", "-passout", "pass:secret"]
        try Tool.require("openssl").run(plain + (traditional ? ["-traditional"] : []) + ["-out", "k"], in: folder.url)
        let header = String(decoding: try folder.read("k"), as: UTF8.self)
        #expect(header.hasPrefix(traditional ? "-----BEGIN RSA" : "-----BEGIN ENCRYPTED"))
        let error = readError(try folder.read("k"))
        #expect(error?.description.contains("it is encrypted") == true)
        #expect(error?.hint?.hasPrefix("openssl pkey -in FILE -out ") == true)
    }

    @Test(
        "what is no key is refused",
        arguments: [
            "", "\0", "garbage", "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n",
            "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n",
            "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        ])
    func garbage(_ text: String) throws {
        let error = try #require(readError(Array(text.utf8)))
        #expect(error.intent == "read a private key")
        #expect(!error.reasons.isEmpty)
    }

    @Test("a key cut off at any byte, or with one byte changed, never crashes")
    func damaged() throws {
        let pem = try PrivateKey.generate(.ecdsaP256).pem().withBytes { Array($0) }
        for length in 0..<(pem.count - 26) {
            #expect(readError(Array(pem[..<length])) != nil)
        }
        for index in pem.indices {
            var changed = pem
            changed[index] ^= 0x11
            _ = readError(changed)
        }
    }

    @Test("a failure leaves nothing in OpenSSL's queue for the next one to report")
    func queueIsDrained() throws {
        _ = readError(Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8))
        let error = try #require(readError(Array("garbage".utf8)))
        #expect(error.reasons == ["there is no PRIVATE KEY block in it"])
    }

    private func readError(_ pem: [UInt8]) -> OpenSSLError? {
        do throws(OpenSSLError) {
            _ = try PrivateKey.read(pem: pem)
            return nil
        } catch {
            return error
        }
    }
}
