// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

/// Requests of ours as openssl reads them, requests of openssl's as we do, and what is signed for either.
struct CertificateRequestTests {
    @Test("openssl verifies a request and finds what was asked for", arguments: KeyAlgorithm.allCases)
    func created(_ algorithm: KeyAlgorithm) throws {
        let folder = try ScratchFolder()
        let key = try PrivateKey.generate(algorithm)
        let request = try CertificateRequest.create(
            commonName: "front-proxy-client", organizations: ["one", "two"], usages: [.clientAuth, .serverAuth],
            names: [.dns("a.example"), .ip([10, 0, 0, 1])], key: key)
        try folder.write("request.pem", request.pem)
        let verified = try Tool.require("openssl").run(
            ["req", "-in", "request.pem", "-verify", "-noout", "-text", "-pubkey"], in: folder.url)
        #expect(verified.status == 0)
        let text = verified.output
        #expect(text.contains("self-signature verify OK"))
        #expect(text.contains("Version: 1 (0x0)"))
        #expect(text.contains("Subject: O = one, O = two, CN = front-proxy-client"))
        #expect(text.contains("TLS Web Client Authentication, TLS Web Server Authentication"))
        #expect(text.contains("DNS:a.example, IP Address:10.0.0.1"))
        #expect(text.contains("X509v3 Key Usage: critical"))
        #expect(text.contains("Key Encipherment") == algorithm.rawValue.hasPrefix("rsa"))
        #expect(text.contains(try key.publicKeyPEM()))

        #expect(try CertificateRequest.read(pem: Array(request.pem.utf8)) == request)
        #expect(request.subject == "CN=front-proxy-client,O=two,O=one")
        #expect(request.commonName == "front-proxy-client")
        #expect(request.organizations == ["one", "two"])
        #expect(request.keyAlgorithm == algorithm.displayName)
        #expect(request.extendedKeyUsages == [.clientAuth, .serverAuth])
        #expect(request.subjectAlternativeNames == [.dns("a.example"), .ip([10, 0, 0, 1])])
        #expect(try request.publicKeyFingerprint == key.publicKeyFingerprint())
    }

    @Test("openssl signs a request of ours, and the certificate fits its key")
    func signedElsewhere() throws {
        let folder = try ScratchFolder()
        let key = try PrivateKey.generate(.ecdsaP256)
        let request = try CertificateRequest.create(commonName: "client", usages: [.clientAuth], key: key)
        try folder.write("request.pem", request.pem)
        try folder.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", "ca.key",
            "-subj", "/CN=outside", "-out", "ca.pem")
        try folder.openssl(
            "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-copy_extensions", "copyall",
            "-out", "leaf.pem")
        let leaf = try #require(try Certificate.read(pem: folder.read("leaf.pem")).first)
        #expect(try leaf.matches(key))
        #expect(leaf.publicKeyFingerprint == request.publicKeyFingerprint)
        #expect(leaf.keyUsages == request.keyUsages && leaf.extendedKeyUsages == request.extendedKeyUsages)
    }

    /// How openssl is asked for a request's key, and what it is.
    static let foreign: [(key: [String], name: String)] = [
        (["rsa:2048"], "RSA 2048"), (["ec", "-pkeyopt", "ec_paramgen_curve:P-521"], "ECDSA P-521"),
        (["ed25519"], "ED25519"),
    ]

    @Test("a request of openssl's is read, and signed with our profile only", arguments: foreign)
    func foreignRequest(_ row: (key: [String], name: String)) throws {
        let folder = try ScratchFolder()
        let made = try Tool.require("openssl").run(
            ["req", "-newkey"] + row.key + [
                "-noenc", "-keyout", "key.pem", "-subj", "/O=system:masters/CN=first/CN=admin", "-out", "request.pem",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "extendedKeyUsage=codeSigning", "-addext",
                "subjectAltName=DNS:evil.example,email:a@b.c",
            ], in: folder.url)
        try #require(made.status == 0, "\(made.output)")
        let request = try CertificateRequest.read(pem: folder.read("request.pem"))
        #expect(request.commonName == "admin" && request.organizations == ["system:masters"])
        #expect(request.keyAlgorithm == row.name)
        #expect(request.extendedKeyUsages == [.other("1.3.6.1.5.5.7.3.3")])
        #expect(request.subjectAlternativeNames == [.dns("evil.example"), .other("a@b.c")])

        let pair = try Pair(.ecdsaP256)
        let leaf = try pair.authority.issue(request, profile: clientProfile)
        #expect(leaf.subject == "CN=front-proxy-client")
        #expect(leaf.extendedKeyUsages == [.clientAuth])
        #expect(!leaf.isCertificateAuthority && leaf.subjectAlternativeNames.isEmpty)
        #expect(leaf.keyUsages.contains("keyEncipherment") == row.name.hasPrefix("RSA"))
        #expect(try leaf.matches(PrivateKey.read(pem: folder.read("key.pem"))))
        for judge in Judge.present {
            let complaint = try judge.complaint(
                leaf: folder.write("leaf.pem", leaf.pem),
                authority: folder.write("ca.pem", pair.authority.certificate.pem))
            #expect(complaint == nil)
        }
    }

    @Test("a key that should not be signed for is refused by its kind", arguments: ["rsa:1024", "secp256k1", "dsa"])
    func weakKeys(_ kind: String) throws {
        let folder = try ScratchFolder()
        switch kind {
        case "rsa:1024": try folder.openssl("genrsa", "-out", "key.pem", "1024")
        case "dsa":
            try folder.openssl("dsaparam", "-out", "parameters.pem", "1024")
            try folder.openssl("gendsa", "-out", "key.pem", "parameters.pem")
        default: try folder.openssl("ecparam", "-name", kind, "-genkey", "-out", "key.pem")
        }
        try folder.openssl("req", "-new", "-key", "key.pem", "-subj", "/CN=x", "-out", "request.pem")
        let request = try CertificateRequest.read(pem: folder.read("request.pem"))
        let pair = try Pair(.ecdsaP256)
        let error = try #require(refusal { _ = try pair.authority.issue(request, profile: clientProfile) })
        #expect(error.description.hasPrefix("could not sign the request of CN=x: "))
        #expect(error.description.contains(kind == "rsa:1024" ? "too short" : "does not verify keys"))
    }

    @Test("a request changed in any byte is refused, or reads as the same request")
    func changed() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let request = try CertificateRequest.create(commonName: "client", usages: [.clientAuth], key: key)
        for index in request.der.indices {
            var der = request.der
            der[index] ^= 0x01
            #expect(refusal { _ = try CertificateRequest(der: der) } != nil, "byte \(index)")
        }
        for length in request.der.indices {
            #expect(refusal { _ = try CertificateRequest(der: Array(request.der[..<length])) } != nil)
        }
        #expect(
            refusal { _ = try CertificateRequest(der: request.der + [0]) }?.reasons == [
                "there is something after its end"
            ])
    }

    @Test("what is no request, or more than one, is refused with its reason")
    func refusals() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let pem = try CertificateRequest.create(commonName: "client", usages: [], key: key).pem
        let certificate = try Pair(.ecdsaP256).leaf.pem
        let reason = "there is no CERTIFICATE REQUEST block in it"
        for text in ["", "garbage", certificate] {
            #expect(refusal { _ = try CertificateRequest.read(pem: Array(text.utf8)) }?.reasons == [reason])
        }
        #expect(
            refusal { _ = try CertificateRequest.read(pem: Array((pem + pem).utf8)) }?.reasons == ["there are 2 in it"])
        let keytool = pem.replacingOccurrences(of: "CERTIFICATE REQUEST", with: "NEW CERTIFICATE REQUEST")
        #expect(try CertificateRequest.read(pem: Array(keytool.utf8)).commonName == "client")
        #expect(
            refusal {
                _ = try CertificateRequest.create(commonName: "", usages: [], key: key)
            } != nil)
    }

    private var clientProfile: CertificateProfile {
        CertificateProfile(commonName: "front-proxy-client", purpose: .leaf([.clientAuth]), days: 365)
    }
}
