// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import KubeletCertificates
import KubernetesClient
import PKI
import Testing

/// Requests for kubelets' certificates, honest, forged and hostile.
struct KubeletCertificateRequestJudgeTests {
    static let nodes = [
        KubeletCertificateNameBoundsTests.node(
            "worker-0", ["10.240.0.20", "fd00:7::20", "worker-0", "worker-0.nodes.example"]),
        KubeletCertificateNameBoundsTests.node("worker-1", ["10.240.0.21", "worker-1"]),
    ]
    static let judge = KubeletCertificateRequestJudge(
        nodes: nodes,
        bounds: KubeletCertificateNameBounds(
            allowedNetworks: ["10.240.0.0/24", "fd00:7::/64"].compactMap(IPNetwork.init),
            allowedSuffixes: ["nodes.example"], nodes: nodes,
            reserved: ReservedNames(services: [], endpoints: .null, server: nil)))

    static func object(
        user: String = "system:node:worker-0", groups: [String] = ["system:nodes", "system:authenticated"],
        usages: [String] = ["digital signature", "key encipherment", "server auth"], request: [UInt8],
        signer: String = "kubernetes.io/kubelet-serving", conditions: [JSONValue] = []
    ) -> JSONValue {
        [
            "metadata": ["name": "csr-1", "resourceVersion": "7"],
            "spec": [
                "username": .string(user), "groups": .array(groups.map { .string($0) }),
                "usages": .array(usages.map { .string($0) }), "signerName": .string(signer),
                "request": .string(Data(request).base64EncodedString()),
            ],
            "status": ["conditions": .array(conditions)],
        ]
    }

    static func pem(
        _ commonName: String = "system:node:worker-0", _ organizations: [String] = ["system:nodes"],
        usages: [ExtendedKeyUsage] = [.serverAuth],
        names: [SubjectAlternativeName] = [.dns("worker-0"), .ip([10, 240, 0, 20])]
    ) throws -> [UInt8] {
        let key = try PrivateKey.generate(.ecdsaP256)
        return Array(
            try CertificateRequest.create(
                commonName: commonName, organizations: organizations, usages: usages, names: names, key: key
            ).pem.utf8)
    }

    private func verdict(_ object: JSONValue) -> KubeletCertificateRequestVerdict {
        Self.judge.judge(KubeletCertificateRequest(object))
    }

    @Test("an honest kubelet's request is approvable, and tells what it names")
    func honest() throws {
        let all: [SubjectAlternativeName] = [
            .dns("worker-0"), .dns("Worker-0.nodes.example"), .ip([10, 240, 0, 20]),
            try SubjectAlternativeName.parse("fd00:7::20"),
        ]
        let verdict = verdict(
            Self.object(usages: ["digital signature", "server auth"], request: try Self.pem(names: all)))
        #expect(verdict.reasons.isEmpty && verdict.isApprovable && verdict.word == "approvable")
        #expect(verdict.node == "worker-0" && verdict.names == all)
    }

    @Test("what is decided already is not approved again")
    func decided() throws {
        let pem = try Self.pem()
        let approved = verdict(Self.object(request: pem, conditions: [["type": "Approved"]]))
        #expect(!approved.isApprovable && approved.isGood && approved.word == "approved")
        let both = verdict(Self.object(request: pem, conditions: [["type": "Approved"], ["type": "Denied"]]))
        #expect(both.reasons == ["it is denied"] && both.word == "denied")
        let failed = verdict(
            Self.object(request: pem, conditions: [["type": "Failed", "reason": "Validation", "message": "no"]]))
        #expect(failed.reasons == ["the signer refused it (Validation: no)"] && !failed.isApprovable)
    }

    @Test(
        "a key that is too weak is not signed for",
        arguments: [
            (["rsa", "-pkeyopt", "rsa_keygen_bits:1024"], "too short"),
            (["rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3"], "exponent is 3"),
            (["ec", "-pkeyopt", "ec_paramgen_curve:P-224"], "does not verify keys of the kind"),
            (["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], "does not verify keys of the kind"),
            (["rsa", "-pkeyopt", "rsa_keygen_bits:2048"], nil), (["ed25519"], nil),
        ] as [([String], String?)])
    func weakKeys(_ key: [String], _ reason: String?) throws {
        let folder = try ScratchFolder()
        let outcome = try Tool.require("openssl").run(
            ["req", "-new", "-nodes", "-newkey"] + key + [
                "-keyout", "key.pem", "-out", "csr.pem", "-subj", "/O=system:nodes/CN=system:node:worker-0", "-addext",
                "subjectAltName=DNS:worker-0",
            ], in: folder.url)
        #expect(outcome.status == 0, "\(outcome.output)")
        let verdict = verdict(Self.object(request: try folder.read("csr.pem")))
        #expect(verdict.reasons.count == (reason == nil ? 0 : 1), "\(verdict.reasons)")
        if let reason { #expect(verdict.reasons.allSatisfy { $0.contains(reason) }, "\(verdict.reasons)") }
    }

    struct Forgery: Sendable, CustomTestStringConvertible {
        let title: String
        var user = "system:node:worker-0"
        var groups = ["system:nodes"]
        var usages = ["digital signature", "server auth"]
        var signer = "kubernetes.io/kubelet-serving"
        var commonName = "system:node:worker-0"
        var organizations = ["system:nodes"]
        var extended: [ExtendedKeyUsage] = [.serverAuth]
        var names: [SubjectAlternativeName] = [.dns("worker-0")]
        let reason: String

        var testDescription: String { title }
    }

    static let forgeries = [
        Forgery(title: "another signer", signer: "example.com/any", reason: "it is for the signer 'example.com/any'"),
        Forgery(title: "an administrator's", user: "admin", reason: "its maker 'admin' is no node"),
        Forgery(
            title: "another node's name", user: "system:node:worker-1",
            reason: "its common name is 'system:node:worker-0', not its maker's"),
        Forgery(
            title: "an unknown node", user: "system:node:ghost", commonName: "system:node:ghost",
            reason: "there is no Node 'ghost'"),
        Forgery(title: "no name at all", user: "system:node:", reason: "there is no Node ''"),
        Forgery(title: "no node's group", groups: ["system:authenticated"], reason: "not in the group system:nodes"),
        Forgery(title: "for clients", usages: ["server auth", "client auth"], reason: "no usage 'client auth'"),
        Forgery(title: "not for servers", usages: ["digital signature"], reason: "the usage 'server auth'"),
        Forgery(title: "no usage", usages: [], reason: "the usage 'server auth'"),
        Forgery(title: "signing", usages: ["server auth", "cert sign"], reason: "no usage 'cert sign'"),
        Forgery(
            title: "more organizations", organizations: ["system:nodes", "system:masters"],
            reason: "its organization is 'system:nodes', 'system:masters'"),
        Forgery(title: "no organization", organizations: [], reason: "its organization is missing"),
        Forgery(title: "another case", organizations: ["System:nodes"], reason: "its organization is 'System:nodes'"),
        Forgery(
            title: "a longer common name", commonName: "system:node:worker-0\u{0}", reason: "its common name is"),
        Forgery(
            title: "controls in the common name", commonName: "system:node:worker-0\n\u{1B}[2Jout √ fine",
            reason: "'system:node:worker-0 \\u{1b}[2Jout √ fine'"),
        Forgery(title: "clients in the request", extended: [.clientAuth], reason: "itself asks for clientAuth"),
        Forgery(title: "nothing named", names: [], reason: "names neither an address nor a DNS name"),
        Forgery(
            title: "another node's address", names: [.ip([10, 240, 0, 21])],
            reason: "10.240.0.21 belongs to Node worker-1"),
        Forgery(title: "one name more", names: [.dns("worker-0"), .dns("x.nodes.example")], reason: "no address of"),
        Forgery(title: "an address as name", names: [.dns("10.240.0.20")], reason: "is no host's DNS name"),
        Forgery(title: "a NUL", names: [.dns("worker-0\u{0}.evil.example")], reason: "is no host's DNS name"),
    ]

    @Test("a forged request is refused, with the reason in one line", arguments: forgeries)
    func forged(_ row: Forgery) throws {
        let pem = try Self.pem(row.commonName, row.organizations, usages: row.extended, names: row.names)
        let verdict = verdict(
            Self.object(user: row.user, groups: row.groups, usages: row.usages, request: pem, signer: row.signer))
        #expect(!verdict.isApprovable)
        #expect(verdict.reasons.contains { $0.contains(row.reason) }, "\(verdict.reasons)")
        #expect(verdict.reasons.allSatisfy { !$0.contains("\n") && !$0.contains("\u{1B}") })
    }

    static let unreadableRequests: [(title: String, change: @Sendable ([UInt8]) -> [UInt8])] = [
        ("nothing", { _ in [] }),
        ("no PEM", { _ in Array("hello".utf8) }),
        ("a NUL", { _ in [0] }),
        ("two requests", { $0 + $0 }),
        ("text before it", { Array("see below\n".utf8) + $0 }),
        ("text after it", { $0 + Array("and so on\n".utf8) }),
        ("a certificate's block before it", { Array("-----BEGIN X-----\nAAAA\n-----END X-----\n".utf8) + $0 }),
        ("a broken block before it", { Array("-----BEGIN CERTIFICATE REQUEST-----\n".utf8) + $0 }),
        (
            "another label",
            { bytes in
                Array(
                    String(decoding: bytes, as: UTF8.self).replacing("CERTIFICATE REQ", with: "NEW CERTIFICATE REQ")
                        .utf8)
            }
        ),
        (
            "a header",
            { bytes in
                Array(
                    String(decoding: bytes, as: UTF8.self).replacing("REQUEST-----\nM", with: "REQUEST-----\nA: b\n\nM")
                        .utf8)
            }
        ),
        ("half of it", { Array($0.prefix($0.count / 2)) }),
        ("a great deal", { $0 + [UInt8](repeating: 0x0A, count: 100_000) }),
        (
            "a changed byte",
            { bytes in
                var text = Array(String(decoding: bytes, as: UTF8.self).utf8)
                let middle = text.count / 2
                text[middle] = text[middle] == 0x41 ? 0x42 : 0x41
                return text
            }
        ),
    ]

    @Test("bytes that are no plain request are refused", arguments: unreadableRequests.indices)
    func unreadable(_ index: Int) throws {
        let verdict = verdict(Self.object(request: Self.unreadableRequests[index].change(try Self.pem())))
        #expect(!verdict.isApprovable && verdict.names.isEmpty, "\(Self.unreadableRequests[index].title)")
        #expect(verdict.reasons.contains { $0.hasPrefix("the request cannot be read: ") }, "\(verdict.reasons)")
    }

    @Test("no base64 is refused, and so is an object with nothing in it")
    func noBase64() throws {
        var object = Self.object(request: try Self.pem())
        object["spec"]["request"] = "%%%"
        #expect(verdict(object).reasons == ["the request cannot be read: spec.request is no base64"])
        #expect(!verdict(["metadata": ["name": "csr-1"]]).isApprovable)
        #expect(!verdict(.null).isApprovable)
    }

    @Test("line ends of another system make no difference")
    func otherLineEnds() throws {
        let pem = String(decoding: try Self.pem(), as: UTF8.self).replacing("\n", with: "\r\n") + "\r\n"
        #expect(verdict(Self.object(request: Array(pem.utf8))).reasons.isEmpty)
    }

    /// What openssl can write and ours cannot.
    static let openssl: [(arguments: [String], reason: String)] = [
        (["-addext", "subjectAltName=DNS:worker-0", "-addext", "basicConstraints=CA:TRUE"], "it asks for a CA's"),
        (["-addext", "subjectAltName=DNS:worker-0,email:root@nodes.example"], "'root@nodes.example' is neither"),
        (["-addext", "subjectAltName=DNS:worker-0,URI:spiffe://x/y"], "'spiffe://x/y' is neither"),
        (["-addext", "subjectAltName=DNS:worker-0,otherName:1.2.3.4;UTF8:x"], "is neither an address nor a DNS name"),
        (["-addext", "subjectAltName=DNS:worker-0,RID:1.2.3.4"], "is neither an address nor a DNS name"),
    ]

    @Test("other kinds of names and a CA's certificate are refused", arguments: openssl)
    func fromOpenSSL(_ row: (arguments: [String], reason: String)) throws {
        let reasons = try reasons("/O=system:nodes/CN=system:node:worker-0", row.arguments)
        #expect(reasons.count == 1 && reasons[0].contains(row.reason), "\(reasons)")
    }

    @Test("a subject that holds more, or two common names, is refused")
    func subjects() throws {
        let names = ["-addext", "subjectAltName=DNS:worker-0"]
        for subject in [
            "/C=CH/O=system:nodes/CN=system:node:worker-0",
            "/O=system:nodes/CN=system:node:worker-1/CN=system:node:worker-0",
            "/O=system:nodes/OU=system:masters/CN=system:node:worker-0",
        ] {
            let reasons = try reasons(subject, names)
            #expect(reasons == ["its subject holds more than an organization and a common name"])
        }
        #expect(try reasons("/O=system:nodes/CN=system:node:worker-0", names).isEmpty)
    }

    /// Signed by their own key, for worker-0; the second list asks for kubernetes.default.svc. Kubernetes 1.20 would sign
    /// the names of both where it is an attribute (crypto/x509, parseCSRExtensions), and OpenSSL shows the first only.
    static let twoLists: [(title: String, der: String)] = [
        (
            "two attributes",
            "MIIBTDCB8gIBADA2MRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxHTAbBgNVBAMMFHN5c3RlbTpub2RlOndvcmtlci0wMFkw"
                + "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmyjiUf1ze7yB9bqwEcEl6WyLRh9DzWmuHAhOjQ0VyRPw60w1q7T+jXMy49pj"
                + "DmNQRtB1J24baEnQkYPSvD2fSaBaMCQGCSqGSIb3DQEJDjEXMBUwEwYDVR0RBAwwCoIId29ya2VyLTAwMgYJKoZIhvcN"
                + "AQkOMSUwIzAhBgNVHREEGjAYghZrdWJlcm5ldGVzLmRlZmF1bHQuc3ZjMAoGCCqGSM49BAMCA0kAMEYCIQDNqD9cSTl2"
                + "o6xqwM3p835BM2UvayjYCaImykZ0Cq3stgIhAL51tCpx1PdKrVv5Bx2PED7CicMbk0Z5TWkXMbJrp+iA"
        ),
        (
            "two values",
            "MIIBPDCB4wIBADA2MRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxHTAbBgNVBAMMFHN5c3RlbTpub2RlOndvcmtlci0wMFkw"
                + "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmyjiUf1ze7yB9bqwEcEl6WyLRh9DzWmuHAhOjQ0VyRPw60w1q7T+jXMy49pj"
                + "DmNQRtB1J24baEnQkYPSvD2fSaBLMEkGCSqGSIb3DQEJDjE8MBUwEwYDVR0RBAwwCoIId29ya2VyLTAwIzAhBgNVHREE"
                + "GjAYghZrdWJlcm5ldGVzLmRlZmF1bHQuc3ZjMAoGCCqGSM49BAMCA0gAMEUCIQDg84zMb7BwhnueMmD7RH/iHYiVpfr+"
                + "ik7Y8aLLwnz95gIgBTGtsaCvWz2wWn4pkyW3CuIsB62muFzFxeCr/DrmSbU="
        ),
        (
            "microsoft",
            "MIIBTDCB8wIBADA2MRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxHTAbBgNVBAMMFHN5c3RlbTpub2RlOndvcmtlci0wMFkw"
                + "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmyjiUf1ze7yB9bqwEcEl6WyLRh9DzWmuHAhOjQ0VyRPw60w1q7T+jXMy49pj"
                + "DmNQRtB1J24baEnQkYPSvD2fSaBbMCQGCSqGSIb3DQEJDjEXMBUwEwYDVR0RBAwwCoIId29ya2VyLTAwMwYKKwYBBAGC"
                + "NwIBDjElMCMwIQYDVR0RBBowGIIWa3ViZXJuZXRlcy5kZWZhdWx0LnN2YzAKBggqhkjOPQQDAgNIADBFAiEA6yMOTHlH"
                + "uT8il9InQJRiSrqSB0ofKnEK/x3A+zgM1BQCIBImaZ5VqzJkBNkVKlfN1H0RO5N+X9WRgNerDXdS5Q4d"
        ),
    ]

    @Test("a second list of extensions is refused: the signer reads it, and a judge might not", arguments: twoLists)
    func secondList(_ row: (title: String, der: String)) throws {
        let reasons = verdict(Self.object(request: Self.block(row.der))).reasons
        #expect(reasons == ["the request cannot be read: it has more than one list of extensions"])
    }

    @Test("the same request with one list is not refused")
    func oneList() {
        let der =
            "MIIBFzCBvgIBADA2MRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxHTAbBgNVBAMMFHN5c3RlbTpub2RlOndvcmtlci0wMFkw"
            + "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmyjiUf1ze7yB9bqwEcEl6WyLRh9DzWmuHAhOjQ0VyRPw60w1q7T+jXMy49pj"
            + "DmNQRtB1J24baEnQkYPSvD2fSaAmMCQGCSqGSIb3DQEJDjEXMBUwEwYDVR0RBAwwCoIId29ya2VyLTAwCgYIKoZIzj0E"
            + "AwIDSAAwRQIhAKrsE2c105GSELiiDt/tdGRV/l5VpPhVbmmqebiXCi7DAiA4GhRipuxn1q84ZxFgQeCWN7BMhnBXTvzz"
            + "e/nVnxmFXA=="
        #expect(verdict(Self.object(request: Self.block(der))).reasons.isEmpty)
    }

    private static func block(_ base64: String) -> [UInt8] {
        let lines = stride(from: 0, to: base64.utf8.count, by: 64).map { base64.dropFirst($0).prefix(64) }
        let kind = "CERTIFICATE REQUEST"
        return Array("-----BEGIN \(kind)-----\n\(lines.joined(separator: "\n"))\n-----END \(kind)-----\n".utf8)
    }

    private func reasons(_ subject: String, _ arguments: [String]) throws -> [String] {
        let folder = try ScratchFolder()
        let made = try Tool.require("openssl").run(
            [
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", "key.pem",
                "-subj", subject, "-out", "request.pem",
            ] + arguments, in: folder.url)
        try #require(made.status == 0, "\(made.output)")
        return verdict(Self.object(request: try folder.read("request.pem"))).reasons
    }
}
