// SPDX-License-Identifier: Apache-2.0

import Core
import Foundation
import KubernetesClient
import PKI
import Testing

@testable import KubeletCertificates

/// Whether an installation goes on, by what was seen of kubelets.
struct KubeletForecastTests {
    private static func row(
        _ name: String, _ verdict: KubeletVerdict, _ request: KubeletRequestState
    ) -> KubeletInspection.Row {
        KubeletInspection.Row(
            node: KubeletCertificateNameBoundsTests.node(name, ["10.0.0.1"]), address: "10.0.0.1", port: 10250,
            answer: .notTLS,
            verdict: verdict, request: request)
    }

    private static func forecast(
        _ verdicts: [(String, KubeletVerdict)], requests: [String: KubeletRequestState] = [:],
        judgesAuthority: Bool = true, unasked: Int = 0
    ) -> KubeletForecast {
        KubeletForecast(inspection(verdicts, requests, judgesAuthority: judgesAuthority, unasked: unasked))
    }

    private static func inspection(
        _ verdicts: [(String, KubeletVerdict)], _ requests: [String: KubeletRequestState],
        judgesAuthority: Bool = true, unasked: Int = 0
    ) -> KubeletInspection {
        KubeletInspection(
            rows: verdicts.map { row($0.0, $0.1, requests[$0.0] ?? .unknown) }, judgesAuthority: judgesAuthority,
            unasked: unasked)
    }

    @Test(
        "what is not seen to fail never speaks against installing",
        arguments: [
            [], [("a", .verified)], [("a", .expiresSoon(.distantPast)), ("b", .verified)],
            [("a", .notVisible("connection refused"))], [("a", .notVisible("no route")), ("b", .verified)],
        ] as [[(String, KubeletVerdict)]])
    func goesOn(_ verdicts: [(String, KubeletVerdict)]) {
        #expect(Self.forecast(verdicts).refusal == nil)
    }

    @Test(
        "each fault that was seen refuses, and names the Node and what mends it",
        arguments: [
            (.otherNames(["192.168.10.50"]), "kbootstrap kubelet-certs issue a --allow-cidr NETWORK "),
            (.otherNames([]), "kbootstrap kubelet-certs issue a "),
            (.expired(.distantPast), "kbootstrap kubelet-certs issue a "),
            (.selfSigned, "kbootstrap kubelet-certs issue a "), (.wrongUsage, "kbootstrap kubelet-certs issue a "),
            (.otherAuthority("CN=x"), "kbootstrap install-metrics --kubelet-ca FILE "),
            (.noCertificate, "kbootstrap kubelet-certs approve --allow-cidr NETWORK "),
            (.notYetValid(.distantFuture), "timedatectl   # here and on a: "),
            (
                .authorityExpired("CN=x", .distantPast),
                "openssl x509 -noout -subject -enddate -in FILE   # the CA CN=x has"
            ),
            (.notTLS, "kbootstrap kubelet-certs inspect a "),
        ] as [(KubeletVerdict, String)])
    func refuses(_ verdict: KubeletVerdict, hint: String) throws {
        let refusal = try #require(
            Self.forecast([("a", verdict), ("b", .verified), ("c", .notVisible("no route"))]).refusal)
        #expect(refusal.description.contains("1 of 3 kubelets: a ("))
        #expect(refusal.hint?.hasPrefix(hint) == true, "\(refusal.hint ?? "")")
        #expect(refusal.hint?.contains("--skip-kubelet-inspection") == true)
    }

    @Test("a pending request is named; where others need a certificate too, both commands are")
    func pending() throws {
        let pending = ["a": KubeletRequestState.pending("csr-a")]
        let one = try #require(Self.forecast([("a", .noCertificate)], requests: pending).refusal)
        #expect(one.description.contains("the only kubelet: a (no certificate: its signing request csr-a is pending"))
        #expect(one.hint?.hasPrefix("kbootstrap kubelet-certs approve csr-a --allow-cidr NETWORK   #") == true)
        let both = try #require(
            Self.forecast([("a", .noCertificate), ("b", .selfSigned)], requests: pending).refusal?.hint)
        #expect(both.contains("approve csr-a --allow-cidr NETWORK; kbootstrap kubelet-certs issue b --allow-cidr"))
    }

    @Test("a certificate that is on its way is waited for by metrics-server itself")
    func underway() throws {
        let requests = ["a": KubeletRequestState.underway("r")]
        let alone = Self.forecast([("a", .noCertificate), ("b", .verified)], requests: requests)
        #expect(alone.refusal == nil)
        #expect(alone.notes.count == 1)
        #expect(
            alone.notes.first?.hasPrefix("1 of 2 kubelets get their certificates now: a (its signing request r") == true
        )
        let beside = try #require(
            Self.forecast([("a", .noCertificate), ("b", .selfSigned)], requests: requests).refusal)
        #expect(beside.description.contains("1 of 2 kubelets: b ("))
    }

    @Test("an installation is told the commands that an inspection tells, in the same order")
    func agrees() throws {
        let verdicts: [KubeletVerdict] = [
            .otherNames(["x"]), .expired(.distantPast), .selfSigned, .wrongUsage, .otherAuthority("CN=x"),
            .noCertificate, .notYetValid(.distantFuture), .authorityExpired("CN=x", .distantPast), .notTLS,
        ]
        let states: [KubeletRequestState] = [
            .unknown, .neverMade, .pending("r"), .underway("r"), .unsigned("r"), .issued("r"), .denied("r", why: "w"),
            .failed("r", why: "w"),
        ]
        for (first, second) in verdicts.flatMap({ one in verdicts.map { (one, $0) } }) {
            for state in states {
                let inspection = Self.inspection([("a", first), ("b", second)], ["a": state])
                let hint = try #require(KubeletForecast(inspection).refusal?.hint)
                let commands = KubeletAdvice.steps(for: inspection).map(\.hint.typed)
                #expect(hint.hasPrefix(commands.joined(separator: "; ") + "   # "), "\(first) \(second) \(state)")
            }
        }
    }

    @Test("of many Nodes three are named, and the command is for all")
    func many() throws {
        let verdicts = (0..<500).map { ("w\($0)", KubeletVerdict.selfSigned) }
        let refusal = try #require(Self.forecast(verdicts).refusal)
        #expect(refusal.description.contains("500 of 500 kubelets: w0 ("))
        #expect(refusal.description.hasSuffix(", and 497 more"))
        #expect(refusal.hint?.hasPrefix("kbootstrap kubelet-certs issue --all ") == true)
        #expect(refusal.description.utf8.count < 400)
    }

    @Test("what a kubelet writes into its certificate stays short and on one line")
    func hostile() throws {
        let names = ["x\nerror: all is lost", String(repeating: "y", count: 100_000)]
        let text = try #require(Self.forecast([("a", .otherNames(names))]).refusal).description
        #expect(!text.contains("\n"))
        #expect(text.utf8.count < 400)
    }

    @Test("what was not looked at is told: unseen kubelets, Nodes left out, an unknown CA")
    func notes() {
        #expect(Self.forecast([("a", .verified)]).notes.isEmpty)
        let notes = Self.forecast(
            [("a", .verified), ("b", .notVisible("connection refused"))], judgesAuthority: false, unasked: 98
        ).notes
        #expect(notes.count == 3)
        #expect(notes[0].hasPrefix("1 of 2 kubelets cannot be seen from here"))
        #expect(notes[0].hasSuffix("b (connection refused)"))
        #expect(notes[1].hasPrefix("2 of 100 kubelets were looked at"))
    }

    @Test("without verification, the Nodes that it would have refused are named")
    func unverified() {
        let bad = Self.forecast([("a", .selfSigned), ("b", .verified)]).unverified
        #expect(bad.hasSuffix("they would be refused on 1 of 2 kubelets: a (a certificate that kubelet signed itself)"))
        #expect(Self.forecast([("a", .verified)]).unverified.hasSuffix("though all 1 that were looked at could be"))
        #expect(Self.forecast([("a", .notVisible(""))]).unverified == KubeletForecast.unverifiedNotice)
    }
}

/// How a metrics-server goes to kubelets, by its arguments.
struct KubeletScrapingTests {
    @Test("upstream's manifest: InternalIP first, the port of the Node's status, the cluster's CA")
    func usual() {
        let usual = KubeletScraping.usual
        #expect(usual.addressTypes == ["InternalIP", "ExternalIP", "Hostname"])
        #expect(usual.port == nil && usual.authorityFile == nil && usual.usesTLS && usual.nodeSelector == nil)
    }

    @Test("without arguments: its own order, and port 10250")
    func bare() {
        let bare = KubeletScraping(arguments: [])
        #expect(bare.addressTypes == ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"])
        #expect(bare.port == 10250)
    }

    @Test("lists add up, the last of other values counts, and equals signs in values stay")
    func given() {
        let given = KubeletScraping(arguments: [
            "--kubelet-preferred-address-types=Hostname", "--kubelet-preferred-address-types=InternalIP,ExternalIP",
            "--kubelet-use-node-status-port=false", "--kubelet-port=1", "--kubelet-port=4194",
            "--kubelet-certificate-authority=/ca/a=b.pem", "--node-selector=pool=big", "",
            "--deprecated-kubelet-completely-insecure",
        ])
        #expect(given.addressTypes == ["Hostname", "InternalIP", "ExternalIP"])
        #expect(given.port == 4194)
        #expect(given.authorityFile == "/ca/a=b.pem")
        #expect(given.nodeSelector == "pool=big")
        #expect(!given.usesTLS)
    }

    @Test("where time is short, the first Nodes are from everywhere, and none is left out")
    func spread() {
        let nodes = (0..<5000).map { KubeletCertificateNameBoundsTests.node("n\($0)", []) }
        let spread = KubeletInspection.spread(nodes)
        #expect(Set(spread.map(\.name)) == Set(nodes.map(\.name)))
        #expect(spread.count == 5000)
        #expect(spread.prefix(63).contains { $0.name == "n4898" })
        #expect(KubeletInspection.spread([]).isEmpty)
        #expect(KubeletInspection.spread(Array(nodes.prefix(3))).map(\.name) == ["n0", "n1", "n2"])
    }
}

/// What a certificate is judged by.
struct KubeletVerdictTests {
    private static func answer(_ names: [SubjectAlternativeName], ended: Bool = false) throws -> (
        KubeletAnswer, Certificate
    ) {
        let authority = try CertificateAuthority.create(
            CertificateProfile(commonName: "kubernetes", purpose: .authority, days: 2),
            key: try PrivateKey.generate(.ecdsaP256))
        var profile = CertificateProfile(commonName: "x", purpose: .leaf([.serverAuth]), names: names, days: 1)
        if ended { profile.notAfter = profile.notBefore.addingTimeInterval(1) }
        let leaf = try authority.issue(profile, for: try PrivateKey.generate(.ecdsaP256))
        return (.served(chain: [leaf], status: 401), authority.certificate)
    }

    @Test("a CA that is not known is not judged by; names and dates are")
    func unknownAuthority() throws {
        func verdict(_ answer: KubeletAnswer, _ authorities: [Certificate]?) -> KubeletVerdict {
            KubeletVerdict(answer, address: "10.0.0.1", authorities: authorities, warnWithinDays: 0)
        }
        let (good, authority) = try Self.answer([.ip([10, 0, 0, 1])])
        #expect(verdict(good, nil) == .verified)
        #expect(verdict(good, [authority]) == .verified)
        let (_, other) = try Self.answer([])
        #expect(verdict(good, [other]) == .otherAuthority("CN=kubernetes"))
        let (wrong, _) = try Self.answer([.ip([10, 0, 0, 2])])
        #expect(verdict(wrong, nil) == .otherNames(["10.0.0.2"]))
        let (ended, _) = try Self.answer([.ip([10, 0, 0, 1])], ended: true)
        guard case .expired = verdict(ended, nil) else {
            Issue.record("\(verdict(ended, nil))")
            return
        }
    }

    @Test("an IPv4 address that is written as IPv6 is the same one, in a certificate and in a Node")
    func mappedAddress() throws {
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 1]
        for (name, dialled) in [([10, 0, 0, 1], "::ffff:10.0.0.1"), (mapped, "10.0.0.1"), (mapped, "::ffff:10.0.0.1")] {
            let (answer, _) = try Self.answer([.ip(name)])
            let verdict = KubeletVerdict(answer, address: dialled, authorities: nil, warnWithinDays: 0)
            #expect(verdict == .verified, "\(name) \(dialled)")
        }
        let names = KubeletCertificateNameBoundsTests.node("a", ["::ffff:10.0.0.1", "10.0.0.1", "fd00::1"])
            .certificateNames
        #expect(names.map(\.description) == ["10.0.0.1", "fd00::1"])
    }

    @Test("dates are told for what they are, and not for another CA's certificate")
    func dates() throws {
        let (answer, authority) = try Self.answer([.ip([10, 0, 0, 1])])
        guard case .served(let chain, _) = answer, let leaf = chain.first else { return }
        func verdict(_ day: Double, _ authorities: [Certificate]? = [authority]) -> KubeletVerdict {
            KubeletVerdict(
                answer, address: "10.0.0.1", authorities: authorities, warnWithinDays: 0,
                now: Date().addingTimeInterval(day * 86400))
        }
        #expect(verdict(0) == .verified)
        #expect(verdict(-1) == .notYetValid(leaf.notBefore))
        #expect(verdict(-1, nil) == .notYetValid(leaf.notBefore))
        #expect(verdict(1.5) == .expired(leaf.notAfter))
        #expect(verdict(3) == .authorityExpired("CN=kubernetes", authority.notAfter))
        let row = KubeletInspection.Row(
            node: KubeletCertificateNameBoundsTests.node("a", []), address: "10.0.0.1", port: 10250, answer: answer,
            verdict: verdict(-1))
        #expect(row.words.hasPrefix("a certificate that is not valid before 20"))
    }
}
