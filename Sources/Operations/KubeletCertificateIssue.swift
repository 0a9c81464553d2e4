// SPDX-License-Identifier: Apache-2.0

public import AggregationLayer
public import FoundationEssentials
public import KubeletCertificates
public import PKI

/// Serving certificates for kubelets, one folder a Node: what a kubelet that has none of its own signs itself, and
/// metrics-server refuses.
public struct KubeletCertificateIssue: ~Copyable {
    /// What became of one Node.
    public struct Row: Sendable {
        public let node: String
        public let names: [SubjectAlternativeName]
        public let notAfter: Date?
        public let outcome: PairFiles.Outcome?
        /// Why nothing was issued; empty where it was.
        public let reasons: [String]
        public let hint: String?

        public var isGood: Bool { reasons.isEmpty }
    }

    public static let certificateFile = "kubelet-serving.pem"
    public static let keyFile = "kubelet-serving-key.pem"

    private let signer: OutsideSigner
    private let directory: String
    private let lifetime: Lifetime
    private let algorithm: KeyAlgorithm
    private let renews: Bool
    private let renewsBefore: TimeInterval?
    private let dryRun: Bool
    private let now = Date()

    /// - Parameters:
    ///   - signer: the CA that metrics-server trusts for kubelets, which is the cluster's.
    ///   - directory: each Node gets a folder in it.
    ///   - renews: make another certificate in any case, for the key that is there.
    ///   - renewsBefore: in seconds, how long before its end a certificate that fits is renewed; nil for 30 days, or a
    ///     third of its life where that is less.
    ///   - dryRun: say what would be done, and do nothing.
    public init(
        signer: consuming OutsideSigner, directory: String, lifetime: Lifetime, algorithm: KeyAlgorithm, renews: Bool,
        renewsBefore: TimeInterval? = nil, dryRun: Bool
    ) {
        self.signer = signer
        self.directory = directory
        self.lifetime = lifetime
        self.algorithm = algorithm
        self.renews = renews
        self.renewsBefore = renewsBefore
        self.dryRun = dryRun
    }

    /// When certificates end: no later than their CA.
    public var notAfter: Date { min(lifetime.end(from: now), signer.certificate.notAfter) }
    /// Whether that is sooner than asked for.
    public var isClipped: Bool { notAfter < lifetime.end(from: now) }

    /// Issues one Node's certificate, for all of its addresses.
    ///
    /// - Parameter needsAddress: refuse a Node of names alone, which metrics-server could not dial as it does by default.
    public func issue(_ node: KubeletNode, bounds: KubeletCertificateNameBounds, needsAddress: Bool) -> Row {
        guard node.hasHostName else {
            return row(node, [], ["'\(node.name.prefix(80))' cannot be the name of a Node (RFC 1123)"])
        }
        let names = node.certificateNames
        let objections = bounds.objections(to: names, of: node)
        guard objections.isEmpty else { return row(node, names, objections) }
        guard names.contains(where: \.isAddress) || !needsAddress else {
            return row(node, names, ["Node \(node.name) has no address, by which metrics-server would dial it"])
        }
        let files = PairFiles(
            directory: "\(directory)/\(node.name)", certificate: Self.certificateFile, key: Self.keyFile)
        // What the signer kubernetes.io/kubelet-serving demands (pkg/apis/certificates/helpers.go).
        var profile = CertificateProfile(
            commonName: Self.commonName(node.name), organizations: ["system:nodes"], purpose: .leaf([.serverAuth]),
            names: names, days: 1, now: now)
        profile.notAfter = notAfter
        do throws(FrontProxyError) {
            let (certificate, outcome) = try files.ensure(
                profile, signedBy: signer, algorithm: algorithm, renews: renews, dryRun: dryRun,
                isDue: { isDue($0, node, names) }
            ) { objection(to: $0, node, names, at: now) }
            return Row(
                node: node.name, names: names, notAfter: certificate.notAfter, outcome: outcome, reasons: [], hint: nil)
        } catch { return row(node, names, [error.description], hint: error.hint) }
    }

    private func row(
        _ node: KubeletNode, _ names: [SubjectAlternativeName], _ reasons: [String], hint: String? = nil
    ) -> Row {
        Row(node: node.name, names: names, notAfter: nil, outcome: nil, reasons: reasons, hint: hint)
    }

    /// What the signer of the API server demands; a name that X.509 has no room for (RFC 5280, ub-common-name: 64) is
    /// left to the alternative names, by which alone servers are verified.
    private static func commonName(_ node: String) -> String {
        let full = "system:node:\(node)"
        return full.utf8.count <= 64 ? full : "kubelet"
    }

    /// Whether a certificate that was right as long as it lasted ends soon, and the CA lets another last longer.
    private func isDue(_ present: Certificate, _ node: KubeletNode, _ names: [SubjectAlternativeName]) -> Bool {
        let life = present.notAfter.timeIntervalSince(present.notBefore)
        let before = renewsBefore ?? min(30 * 86400, life / 3)
        // A CA that ends as soon would have every run make one more.
        guard present.notAfter.timeIntervalSince(now) < before, notAfter.timeIntervalSince(present.notAfter) > 3600
        else { return false }
        let last = min(now, present.notAfter.addingTimeInterval(-1))
        return objection(to: present, node, names, at: last) == nil
    }

    private func objection(
        to present: Certificate, _ node: KubeletNode, _ names: [SubjectAlternativeName], at moment: Date
    ) -> String? {
        let has = Set(present.subjectAlternativeNames.map(\.description))
        let lacking = names.map(\.description).filter { !has.contains($0) }
        if !lacking.isEmpty { return "is not for \(lacking.joined(separator: ", "))" }
        let more = has.subtracting(names.map(\.description))
        if !more.isEmpty {
            return "is also for \(more.sorted().joined(separator: ", ")), which Node \(node.name) is not"
        }
        let verdict = try? verifyChain(present, anchors: [signer.certificate], purpose: .server, at: moment)
        guard case .refused(let refusal, let reason)? = verdict else { return nil }
        return refusal == .expired
            ? "expired on \(present.notAfter.formatted(.iso8601))"
            : "does not verify against \(signer.certificate.subject): \(reason)"
    }
}

extension SubjectAlternativeName {
    fileprivate var isAddress: Bool { if case .ip = self { true } else { false } }
}
