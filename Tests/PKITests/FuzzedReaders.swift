// SPDX-License-Identifier: Apache-2.0

// What is fuzzed: every reader of bytes that others wrote. `FuzzTests` gives it some seconds in each test run; for hours
// with libFuzzer and AddressSanitizer, from the root of the repository:
//
//     Tests/Fuzz/run 3600

import PKI

enum FuzzedReaders {
    /// Has each reader read `bytes`, and what was read used; nothing that they do may crash, hang or eat memory.
    static func read(_ bytes: [UInt8]) {
        let passphrase = secret("secret")
        try? use(Certificate(der: bytes))
        for certificate in (try? Certificate.read(pem: bytes)) ?? [] { try? use(certificate) }
        _ = try? CertificateRequest(der: bytes)
        _ = try? CertificateRequest.read(pem: bytes)
        _ = try? PrivateKey.read(pem: secret(bytes), passphrase: nil).publicKeyFingerprint()
        _ = try? PrivateKey.read(pem: secret(bytes), passphrase: passphrase).publicKeyFingerprint()
        _ = try? CredentialBundle.open(bytes, passphrase: passphrase).key.publicKeyFingerprint()
        _ = PEMBlock.kinds(in: bytes)
    }

    private static func use(_ certificate: Certificate) throws {
        _ = try Certificate.read(pem: Array(certificate.pem.utf8))
        _ = try verifyChain(certificate, anchors: [certificate], purpose: .client)
    }

    private static func secret(_ bytes: [UInt8]) -> SecretBytes {
        bytes.span.withUnsafeBytes { SecretBytes(copying: $0) }
    }

    private static func secret(_ text: String) -> SecretBytes { secret(Array(text.utf8)) }
}
