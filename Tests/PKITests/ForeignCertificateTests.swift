// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

/// Certificates as kubeadm, cfssl, microk8s and people's scripts make them, made by openssl in their likeness.
struct ForeignCertificateTests {
    /// How an authority is made, and what is special about it.
    struct Authority: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let key: [String]
        let configuration: String
        var hasIdentifier = true
        var isPrintable = false
    }

    private static let cfssl = "O=Kubernetes\nOU=CA\nL=Portland\nST=Oregon\nC=US\nCN=front-proxy-ca"

    static let authorities = [
        Authority(
            testDescription: "kubeadm: RSA, PrintableString, pathlen absent", key: ["genrsa", "2048"],
            configuration: configuration(
                "CN=front-proxy-ca",
                "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature,"
                    + "keyEncipherment,keyCertSign\nsubjectKeyIdentifier=hash\nsubjectAltName=DNS:front-proxy-ca",
                strings: "default"),
            isPrintable: true),
        Authority(
            testDescription: "cfssl: many attributes", key: ["ecparam", "-name", "prime256v1", "-genkey"],
            configuration: configuration(
                cfssl,
                "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
                    + "subjectKeyIdentifier=hash", strings: "default"),
            isPrintable: true),
        Authority(
            testDescription: "microk8s: RSA, authority key identifier of its own", key: ["genrsa", "2048"],
            configuration: configuration(
                "CN=front-proxy-ca",
                "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n"
                    + "authorityKeyIdentifier=keyid:always,issuer", strings: "utf8only")),
        Authority(
            testDescription: "a script's: no identifiers", key: ["genrsa", "2048"],
            configuration: configuration(
                "CN=proxy ca", "basicConstraints=CA:TRUE\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none",
                strings: "utf8only"),
            hasIdentifier: false),
        Authority(
            testDescription: "Ed25519, no identifiers", key: ["genpkey", "-algorithm", "ed25519"],
            configuration: configuration(
                "CN=proxy ca", "basicConstraints=CA:TRUE\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none",
                strings: "utf8only"),
            hasIdentifier: false),
        Authority(
            testDescription: "P-521", key: ["ecparam", "-name", "secp521r1", "-genkey", "-noout"],
            configuration: configuration(
                "CN=proxy ca",
                "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
                    + "subjectKeyIdentifier=hash", strings: "utf8only")),
    ]

    private static func configuration(_ name: String, _ extensions: String, strings: String) -> String {
        """
        [req]
        prompt = no
        string_mask = \(strings)
        distinguished_name = name
        x509_extensions = extensions
        [name]
        \(name)
        [extensions]
        \(extensions)

        """
    }

    @Test(
        "a leaf under another tool's authority chains, with the issuer's own bytes for a name", arguments: authorities)
    func adopted(_ row: Authority) throws {
        let folder = try ScratchFolder()
        try make(row, in: folder)
        let certificate = try #require(try Certificate.read(pem: folder.read("ca.pem")).first)
        #expect((certificate.subjectKeyIdentifier != nil) == row.hasIdentifier)
        let structure = try folder.openssl("asn1parse", "-in", "ca.pem")
        #expect(structure.contains("PRINTABLESTRING   :\(try #require(certificate.commonName))") == row.isPrintable)
        let authority = try CertificateAuthority.adopt(
            certificate: certificate,
            key: PrivateKey.read(pem: secret(folder.read("ca.key")), passphrase: nil))
        let leaf = try authority.issue(
            CertificateProfile(commonName: "front-proxy-client", purpose: .leaf([.clientAuth]), days: 30),
            for: PrivateKey.generate(.ecdsaP256))
        #expect(leaf.issuer == certificate.subject)
        #expect(try verifyChain(leaf, anchors: [certificate], purpose: .client) == .trusted)

        // openssl's own reckoning of what the identifier is, where the authority has none.
        try folder.openssl(
            "req", "-x509", "-key", "ca.key", "-subj", "/CN=x", "-addext", "subjectKeyIdentifier=hash", "-out", "h.pem")
        let hashed = try #require(try Certificate.read(pem: folder.read("h.pem")).first)
        #expect(leaf.authorityKeyIdentifier != nil)
        #expect(leaf.authorityKeyIdentifier == certificate.subjectKeyIdentifier ?? hashed.subjectKeyIdentifier)

        try folder.write("leaf.pem", leaf.pem)
        try folder.openssl("verify", "-purpose", "sslclient", "-CAfile", "ca.pem", "leaf.pem")
        for judge in [Judge.certtool, .go] where Judge.present.contains(judge) {
            #expect(try judge.complaint(leaf: folder.file("leaf.pem"), authority: folder.file("ca.pem")) == nil)
        }
        if row.hasIdentifier, !row.testDescription.hasPrefix("microk8s") {  // whose CA lacks a key usage
            #expect(
                try Judge.openssl.complaint(leaf: folder.file("leaf.pem"), authority: folder.file("ca.pem")) == nil)
        }
    }

    @Test("several common names, further attributes and a negative serial are read as they are")
    func oddities() throws {
        let folder = try ScratchFolder()
        try make(Self.authorities[0], in: folder)
        try folder.openssl(
            "req", "-new", "-key", "ca.key", "-subj", "/C=US/O=a/O=b/CN=first/CN=last", "-out", "request.pem")
        try folder.openssl(
            "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "-5", "-days",
            "10", "-out", "leaf.pem")
        let leaf = try #require(try Certificate.read(pem: folder.read("leaf.pem")).first)
        #expect(leaf.commonName == "last")
        #expect(leaf.organizations == ["a", "b"])
        #expect(leaf.subject == "CN=last,CN=first,O=b,O=a,C=US")
        #expect(leaf.serial == "-05")
        // Version 1: no extensions, which allow everything but are no CA.
        #expect(!leaf.isCertificateAuthority && leaf.keyUsages.isEmpty && leaf.extendedKeyUsages.isEmpty)
        #expect(leaf.subjectKeyIdentifier == nil && leaf.authorityKeyIdentifier == nil)
    }

    @Test("a version 1 certificate is no authority, though it signed itself")
    func version1() throws {
        let folder = try ScratchFolder()
        try folder.openssl("genrsa", "-out", "ca.key", "2048")
        try folder.openssl("req", "-new", "-key", "ca.key", "-subj", "/CN=old", "-out", "request.pem")
        try folder.openssl("x509", "-req", "-in", "request.pem", "-signkey", "ca.key", "-out", "ca.pem")
        let certificate = try #require(try Certificate.read(pem: folder.read("ca.pem")).first)
        #expect(try folder.openssl("x509", "-in", "ca.pem", "-noout", "-text").contains("Version: 1 "))
        let error = try #require(
            refusal {
                _ = try CertificateAuthority.adopt(
                    certificate: certificate, key: PrivateKey.read(pem: secret(folder.read("ca.key"))))
            })
        #expect(error.reasons == ["it is not a CA (basicConstraints does not say CA:TRUE)"])
    }

    @Test(
        "an extension that cannot be read is an error, not an extension that is absent",
        arguments: [
            ("keyUsage", "DER:05:00"), ("extendedKeyUsage", "DER:02:01:05"), ("basicConstraints", "DER:04:00"),
            ("subjectAltName", "DER:30:03:87"),
        ])
    func malformedExtensions(_ name: String, _ value: String) throws {
        let folder = try ScratchFolder()
        try folder.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem")
        try folder.write(
            "configuration", Self.configuration("CN=x", "\(name)=\(value)", strings: "utf8only"))
        try folder.openssl("req", "-x509", "-key", "key.pem", "-config", "configuration", "-out", "odd.pem")
        let error = try #require(refusal { _ = try Certificate.read(pem: folder.read("odd.pem")) })
        #expect(error.intent.hasPrefix("read the extension "))
    }

    private func make(_ row: Authority, in folder: ScratchFolder) throws {
        try folder.write("configuration", row.configuration)
        let key = try Tool.require("openssl").run(
            row.key[0] == "genrsa" ? ["genrsa", "-out", "ca.key", "2048"] : row.key + ["-out", "ca.key"], in: folder.url
        )
        try #require(key.status == 0, "\(key.output)")
        try folder.openssl(
            "req", "-x509", "-new", "-key", "ca.key", "-config", "configuration", "-days", "3650", "-out", "ca.pem")
    }
}
