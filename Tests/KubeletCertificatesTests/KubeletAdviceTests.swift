// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import PKI
import Testing

@testable import KubeletCertificates

/// What is recommended, in which order.
struct KubeletAdviceTests {
    private static func row(
        _ name: String, _ verdict: KubeletVerdict, answer: KubeletAnswer = .noCertificate
    ) -> KubeletInspection.Row {
        let addresses = [("InternalIP", "10.0.0.1"), ("Hostname", name)]
        let node = KubeletNode(
            name: name, addresses: addresses.map { KubeletNode.Address(type: $0.0, value: $0.1) })
        return KubeletInspection.Row(node: node, address: "10.0.0.1", port: 10250, answer: answer, verdict: verdict)
    }

    private static func steps(
        _ rows: [KubeletInspection.Row], pending: [String: String] = [:]
    ) -> [KubeletAdvice] {
        KubeletAdvice.steps(
            for: KubeletInspection(rows: rows, pendingRequests: pending, judgesAuthority: true, unasked: 0))
    }

    private static func served(_ names: [SubjectAlternativeName], status: Int? = 401) throws -> KubeletAnswer {
        let authority = try CertificateAuthority.create(
            CertificateProfile(commonName: "kubernetes", purpose: .authority, days: 2),
            key: try PrivateKey.generate(.ecdsaP256))
        let profile = CertificateProfile(commonName: "x", purpose: .leaf([.serverAuth]), names: names, days: 1)
        return .served(chain: [try authority.issue(profile, for: try PrivateKey.generate(.ecdsaP256))], status: status)
    }

    @Test("nothing where all is well, or from elsewhere where nothing was seen to be wrong")
    func nothing() {
        #expect(Self.steps([]).isEmpty)
        #expect(Self.steps([Self.row("a", .verified)]).isEmpty)
        #expect(Self.steps([Self.row("a", .verified), Self.row("b", .notVisible(""))]) == [.lookFromElsewhere(["b"])])
    }

    @Test("new certificates are for the Nodes whose own are wrong, and not for those that wait for approval")
    func mixed() {
        let rows = [
            Self.row("a", .noCertificate), Self.row("b", .selfSigned), Self.row("c", .verified),
            Self.row("d", .notTLS), Self.row("e", .otherAuthority("CN=x")),
        ]
        let issued = KubeletAdvice.issue(["b", "e"], isAll: false)
        #expect(Self.steps(rows) == [issued, .approve([]), .lookAtPort(["d"])])
        let pending = ["system:node:a": "csr-a"]
        #expect(Self.steps(rows, pending: pending) == [issued, .approve(["csr-a"]), .lookAtPort(["d"])])
        #expect(Self.steps([Self.row("a", .noCertificate)], pending: pending) == [.approve(["csr-a"])])
    }

    @Test("another order of address types comes before another CA, and that before new certificates")
    func order() throws {
        let named = Self.row("a", .otherNames(["a"]), answer: try Self.served([.dns("a")]))
        let good = Self.row("b", .verified, answer: try Self.served([.dns("b"), .ip([10, 0, 0, 1])]))
        #expect(Self.steps([named, good]) == [.preferAddressType("Hostname")])
        let other = Self.row("c", .verified, answer: try Self.served([.ip([10, 0, 0, 1])]))
        #expect(Self.steps([named, other]) == [.issue(["a"], isAll: false)])
        let foreign = [Self.row("d", .otherAuthority("CN=x")), Self.row("e", .otherAuthority("CN=x"))]
        #expect(Self.steps(foreign) == [.trustAuthority("CN=x")])
        #expect(Self.steps(foreign + [Self.row("f", .selfSigned)]) == [.issue(["d", "e", "f"], isAll: true)])
    }

    @Test("a clock is set first, and where the CA has ended nothing else is of use")
    func first() {
        let early = Self.row("a", .notYetValid(.distantFuture))
        #expect(Self.steps([Self.row("b", .selfSigned), early]) == [.setClocks(["a"]), .issue(["b"], isAll: false)])
        #expect(
            Self.steps([early, Self.row("c", .authorityExpired("CN=x", .distantPast))]) == [.renewAuthority("CN=x")])
    }

    @Test("a kubelet that answers anybody is told, however good its certificate")
    func open() throws {
        let open = Self.row(
            "a", .verified, answer: try Self.served([.dns("a"), .ip([10, 0, 0, 1])], status: 200))
        #expect(open.isOpen && open.words == "a certificate that it accepts; anybody may read its metrics")
        #expect(Self.steps([open]) == [.authenticate(["a"])])
        for status in [nil, 401, 403, 404] {
            #expect(!Self.row("a", .verified, answer: try Self.served([], status: status)).isOpen)
        }
    }

    @Test("the Node's other addresses that a certificate is not for are told, and are no fault")
    func others() throws {
        let row = Self.row("a", .verified, answer: try Self.served([.ip([10, 0, 0, 1])]))
        #expect(row.unnamed == ["a"] && row.words == "a certificate that it accepts; it is not for a")
        #expect(Self.steps([row]).isEmpty)
    }

    @Test("a Deployment tells how the installed metrics-server goes to kubelets")
    func installed() throws {
        func scraping(_ containers: JSONValue) -> KubeletScraping? {
            KubeletScraping(deployment: ["spec": ["template": ["spec": ["containers": containers]]]])
        }
        let sidecar: JSONValue = ["name": "proxy", "args": ["--kubelet-port=1"]]
        let own: JSONValue = [
            "name": "metrics-server", "command": ["/metrics-server", "--kubelet-port=4194"],
            "args": ["--kubelet-preferred-address-types=Hostname", "--kubelet-insecure-tls"],
        ]
        let read = try #require(scraping([sidecar, own]))
        #expect(read.addressTypes == ["Hostname"] && read.port == 4194 && !read.verifies && read.usesTLS)
        #expect(scraping([["name": "other"]])?.verifies == true)
        #expect(scraping([]) == nil)
    }
}
