// SPDX-License-Identifier: Apache-2.0

import Core
import Foundation
import KubernetesClient
import PKI
import Testing

@testable import KubeletCertificates

/// What is recommended, in which order.
struct KubeletAdviceTests {
    private static func row(
        _ name: String, _ verdict: KubeletVerdict, _ request: KubeletRequestState = .unknown,
        answer: KubeletAnswer = .noCertificate
    ) -> KubeletInspection.Row {
        let addresses = [("InternalIP", "10.0.0.1"), ("Hostname", name)]
        let node = KubeletNode(
            name: name, addresses: addresses.map { KubeletNode.Address(type: $0.0, value: $0.1) })
        return KubeletInspection.Row(
            node: node, address: "10.0.0.1", port: 10250, answer: answer, verdict: verdict, request: request)
    }

    private static func steps(_ rows: [KubeletInspection.Row]) -> [KubeletAdvice] {
        KubeletAdvice.steps(for: KubeletInspection(rows: rows, judgesAuthority: true, unasked: 0))
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

    @Test("new certificates are for the Nodes whose own are wrong, and not for those that ask for theirs")
    func mixed() {
        func rows(_ request: KubeletRequestState) -> [KubeletInspection.Row] {
            [
                Self.row("a", .noCertificate, request), Self.row("b", .selfSigned), Self.row("c", .verified),
                Self.row("d", .notTLS), Self.row("e", .otherAuthority("CN=x")),
            ]
        }
        let issued = KubeletAdvice.issue(["b", "e"], isAll: false, orPrefer: nil)
        #expect(Self.steps(rows(.unknown)) == [.approve([]), issued, .lookAtPort(["d"])])
        #expect(Self.steps(rows(.pending("csr-a"))) == [.approve(["csr-a"]), issued, .lookAtPort(["d"])])
    }

    static let requests: [(state: KubeletRequestState, advice: KubeletAdvice, words: String)] = [
        (.unknown, .approve([]), "no certificate: signing requests cannot be listed from here"),
        (.neverMade, .restart(["a"]), "no certificate: there is no signing request of it"),
        (.pending("r"), .approve(["r"]), "no certificate: its signing request r is pending"),
        (.underway("r"), .lookAgain(["r"]), "no certificate: its signing request r was approved just now"),
        (.unsigned("r"), .runSigner(["r"]), "no certificate: its signing request r is approved and not signed"),
        (
            .issued("r"), .restart(["a"]),
            "no certificate: its signing request r is issued, and it does not serve with it"
        ),
        (
            .denied("r", why: "Policy: no such host"), .readDecision(["r"]),
            "no certificate: its signing request r is denied (Policy: no such host)"
        ),
        (.failed("r", why: ""), .readDecision(["r"]), "no certificate: the signer refused its signing request r"),
    ]

    @Test("each state of a request has its own words and its own step", arguments: requests)
    func states(_ row: (state: KubeletRequestState, advice: KubeletAdvice, words: String)) {
        let inspected = Self.row("a", .noCertificate, row.state)
        #expect(inspected.words == row.words)
        #expect(Self.steps([inspected]) == [row.advice])
        let command = row.advice.hint.typed
        #expect(!command.contains("issue"), "files are nothing to a kubelet that asks: \(command)")
    }

    @Test("an old certificate whose successor does not come is about the request, and not about files")
    func rotating() throws {
        let answer = try Self.served([.ip([10, 0, 0, 1]), .dns("a")])
        let ended = Self.row("a", .expired(.distantPast), .pending("r"), answer: answer)
        #expect(Self.steps([ended]) == [.approve(["r"])])
        #expect(ended.words.hasSuffix("; its signing request r is pending"))
        #expect(
            Self.steps([Self.row("a", .expiresSoon(.distantPast), .pending("r"), answer: answer)]) == [.approve(["r"])])
        #expect(Self.steps([Self.row("a", .expiresSoon(.distantPast), .issued("r"), answer: answer)]).isEmpty)
        let issued = Self.row("a", .expired(.distantPast), .issued("r"), answer: answer)
        #expect(Self.steps([issued]) == [.restart(["a"])])
        #expect(
            Self.steps([Self.row("a", .expired(.distantPast), .neverMade, answer: answer)])
                == [.issue(["a"], isAll: true, orPrefer: nil)])
        #expect(
            Self.steps([Self.row("a", .otherAuthority("CN=x"), .issued("r"), answer: answer)]) == [
                .trustAuthority("CN=x")
            ])
    }

    @Test("many requests: all that wait are named, each kind once")
    func many() {
        let rows = [
            Self.row("a", .noCertificate, .pending("r1")), Self.row("b", .noCertificate, .unsigned("r2")),
            Self.row("c", .noCertificate, .denied("r3", why: "")), Self.row("d", .noCertificate, .pending("r0")),
            Self.row("e", .noCertificate, .failed("r4", why: "")), Self.row("f", .noCertificate, .neverMade),
        ]
        #expect(
            Self.steps(rows) == [
                .approve(["r0", "r1"]), .runSigner(["r2"]), .readDecision(["r3", "r4"]), .restart(["f"]),
            ])
        let crowd = (0..<100).map { Self.row("n\($0)", .noCertificate, .pending("r\($0)")) }
        #expect(Self.steps(crowd).map(\.hint.typed) == ["kbootstrap kubelet-certs approve --allow-cidr NETWORK"])
    }

    @Test("a virtual Node that cannot be verified is an aside, and one that can is as any other")
    func virtual() throws {
        func row(_ verdict: KubeletVerdict, _ answer: KubeletAnswer) -> KubeletInspection.Row {
            let node = KubeletNode(["metadata": ["name": "v", "labels": ["type": "virtual-kubelet"]]])
            return KubeletInspection.Row(node: node, address: "10.0.0.1", port: 10250, answer: answer, verdict: verdict)
        }
        for verdict in [KubeletVerdict.notVisible("refused"), .notTLS, .noCertificate, .selfSigned] {
            let inspected = row(verdict, .notTLS)
            #expect(inspected.isAside && !inspected.isFailing && Self.steps([inspected]).isEmpty)
            #expect(inspected.words == "nothing that counts: a virtual Node (type=virtual-kubelet)")
        }
        #expect(!row(.verified, try Self.served([.ip([10, 0, 0, 1])])).isAside)
        let bad = Self.row("a", .selfSigned)
        #expect(Self.steps([bad, row(.notTLS, .notTLS)]) == [.issue(["a"], isAll: true, orPrefer: nil)])
    }

    static let marks: [(node: JSONValue, mark: String?)] = [
        (
            ["metadata": ["labels": ["eks.amazonaws.com/compute-type": "fargate"]]],
            "eks.amazonaws.com/compute-type=fargate"
        ),
        (["metadata": ["labels": ["eks.amazonaws.com/compute-type": "ec2"]]], nil),
        (["metadata": ["labels": ["type": "gpu"]]], nil),
        (
            ["spec": ["taints": [["key": "virtual-kubelet.io/provider", "value": "azure"]]]],
            "virtual-kubelet.io/provider"
        ),
        (["spec": ["taints": [["key": "node.kubernetes.io/not-ready"]]]], nil), ([:], nil),
    ]

    @Test("virtual Nodes are known by the labels and taints that their providers give them", arguments: marks)
    func marked(_ row: (node: JSONValue, mark: String?)) { #expect(KubeletNode(row.node).virtualMark == row.mark) }

    @Test("another order of address types comes before another CA, and that before new certificates")
    func order() throws {
        let named = Self.row("a", .otherNames(["a"]), answer: try Self.served([.dns("a")]))
        let good = Self.row("b", .verified, answer: try Self.served([.dns("b"), .ip([10, 0, 0, 1])]))
        #expect(Self.steps([named, good]) == [.issue(["a"], isAll: false, orPrefer: "Hostname")])
        let other = Self.row("c", .verified, answer: try Self.served([.ip([10, 0, 0, 1])]))
        #expect(Self.steps([named, other]) == [.issue(["a"], isAll: false, orPrefer: nil)])
        let foreign = [Self.row("d", .otherAuthority("CN=x")), Self.row("e", .otherAuthority("CN=x"))]
        #expect(Self.steps(foreign) == [.trustAuthority("CN=x")])
        #expect(
            Self.steps(foreign + [Self.row("f", .selfSigned)]) == [.issue(["d", "e", "f"], isAll: true, orPrefer: nil)])
    }

    @Test("a clock is set first, and where the CA has ended nothing else is of use")
    func first() {
        let early = Self.row("a", .notYetValid(.distantFuture))
        #expect(
            Self.steps([Self.row("b", .selfSigned), early]) == [
                .setClocks(["a"]), .issue(["b"], isAll: false, orPrefer: nil),
            ])
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
