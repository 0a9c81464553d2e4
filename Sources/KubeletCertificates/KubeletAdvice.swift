// SPDX-License-Identifier: Apache-2.0

import PKI

/// What to do about what an inspection found: the least change that lets metrics-server verify every kubelet.
public enum KubeletAdvice: Sendable, Equatable {
    /// The CA that signed them has ended, so that nothing else helps.
    case renewAuthority(String)
    /// A clock is wrong, here or on these Nodes: what one of them has signed is not valid yet.
    case setClocks([String])
    /// Signing requests that wait for approval, by name; none where they are not known.
    case approve([String])
    /// Requests that are approved, and that nobody signs.
    case runSigner([String])
    /// Requests that were denied, or that the signer refused.
    case readDecision([String])
    /// Kubelets that have asked for none, or that do not serve with what they got: they ask again when they start.
    case restart([String])
    /// Requests that were approved a moment ago.
    case lookAgain([String])
    /// Another order of address types: every certificate names the address of this one.
    case preferAddressType(String)
    /// Every wrong certificate comes from this CA, which metrics-server does not trust.
    case trustAuthority(String)
    /// New certificates for these Nodes, which may be all that were looked at. Where pods resolve names, another order of
    /// address types would do as well.
    case issue([String], isAll: Bool, orPrefer: String?)
    /// Something else than a kubelet listens on these Nodes.
    case lookAtPort([String])
    /// Kubelets that could not be seen from here, and no other fault.
    case lookFromElsewhere([String])
    /// Kubelets that answer anybody, whatever their certificate.
    case authenticate([String])

    /// In the order in which it is to be done; empty where nothing is.
    public static func steps(for inspection: KubeletInspection) -> [KubeletAdvice] {
        let open = inspection.rows.filter(\.isOpen).map(\.node.name)
        // Their certificates still serve, and the next ones do not come.
        let rotating = inspection.rows.filter { $0.verdict.isVerified && $0.request.isOpen }
        return repairs(inspection) + steps(for: rotating.map { ($0.node.name, $0.request) })
            + (open.isEmpty ? [] : [.authenticate(open)])
    }

    /// What lets metrics-server scrape.
    static func repairs(_ inspection: KubeletInspection) -> [KubeletAdvice] {
        let failing = inspection.rows.filter(\.isFailing)
        let seen = failing.filter { !$0.verdict.isUnseen }
        guard !seen.isEmpty else { return failing.isEmpty ? [] : [.lookFromElsewhere(failing.map(\.node.name))] }
        if let ended = seen.lazy.compactMap(\.verdict.endedAuthority).first { return [.renewAuthority(ended)] }
        let early = seen.filter(\.verdict.isEarly)
        let plain = seen.filter { $0.verdict == .notTLS }
        let others = seen.filter { !$0.verdict.isEarly && $0.verdict != .notTLS }
        let asking = others.filter(\.waitsForRequest)
        let wrong = others.filter { !$0.waitsForRequest }
        var steps: [KubeletAdvice] = early.isEmpty ? [] : [.setClocks(early.map(\.node.name))]
        steps += self.steps(for: asking.map { ($0.node.name, $0.request) })
        steps += replacements(wrong, of: inspection.rows.filter { !$0.isAside })
        if !plain.isEmpty { steps.append(.lookAtPort(plain.map(\.node.name))) }
        return steps
    }

    /// What brings certificates to kubelets that ask for them, by what has become of their requests.
    public static func steps(for asking: [(node: String, request: KubeletRequestState)]) -> [KubeletAdvice] {
        func names(_ isWanted: (KubeletRequestState) -> Bool) -> [String] {
            asking.map(\.request).filter(isWanted).compactMap(\.request).sorted()
        }
        let pending = names { if case .pending = $0 { true } else { false } }
        let underway = names { if case .underway = $0 { true } else { false } }
        let unsigned = names { if case .unsigned = $0 { true } else { false } }
        let refused = names {
            switch $0 {
            case .denied, .failed: true
            default: false
            }
        }
        let silent = asking.filter { $0.request.isSilent }.map(\.node)
        var steps: [KubeletAdvice] = []
        if asking.contains(where: { $0.request == .unknown }) {
            steps.append(.approve([]))
        } else if !pending.isEmpty {
            steps.append(.approve(pending))
        }
        if !unsigned.isEmpty { steps.append(.runSigner(unsigned)) }
        if !refused.isEmpty { steps.append(.readDecision(refused)) }
        if !silent.isEmpty { steps.append(.restart(silent)) }
        if !underway.isEmpty { steps.append(.lookAgain(underway)) }
        return steps
    }

    /// What replaces wrong certificates, the smallest change first.
    private static func replacements(
        _ wrong: [KubeletInspection.Row], of rows: [KubeletInspection.Row]
    ) -> [KubeletAdvice] {
        guard !wrong.isEmpty else { return [] }
        let type = addressType(rows.filter { $0.leaf != nil }, wrong)
        // An address can be dialled from a pod; whether a name can be resolved there is not seen from here.
        if let type, type.hasSuffix("IP") { return [.preferAddressType(type)] }
        if let authority = authority(wrong) { return [.trustAuthority(authority)] }
        // Files are nothing to a kubelet that has asked the API for a certificate (serverTLSBootstrap).
        let asked = wrong.filter { if case .issued = $0.request { true } else { false } }.map(\.node.name)
        let named = wrong.map(\.node.name).filter { !asked.contains($0) }
        return (asked.isEmpty ? [] : [.restart(asked)])
            + (named.isEmpty ? [] : [.issue(named, isAll: named.count == rows.count, orPrefer: type)])
    }

    private static func addressType(
        _ served: [KubeletInspection.Row], _ wrong: [KubeletInspection.Row]
    ) -> String? {
        let onlyNames = wrong.allSatisfy { if case .otherNames = $0.verdict { true } else { false } }
        guard onlyNames, !served.isEmpty else { return nil }
        return ["InternalIP", "Hostname", "InternalDNS", "ExternalIP", "ExternalDNS"].first { type in
            served.allSatisfy { row in
                row.node.dialled([type]).map { row.leaf?.names($0) == true } ?? false
            }
        }
    }

    private static func authority(_ wrong: [KubeletInspection.Row]) -> String? {
        let issuers = wrong.map { row -> String? in
            if case .otherAuthority(let issuer) = row.verdict { issuer } else { nil }
        }
        guard let first = issuers.first, let issuer = first, issuers.allSatisfy({ $0 == issuer }) else { return nil }
        return issuer
    }
}

extension KubeletVerdict {
    fileprivate var endedAuthority: String? { if case .authorityExpired(let name, _) = self { name } else { nil } }
    fileprivate var isEarly: Bool { if case .notYetValid = self { true } else { false } }
}

extension KubeletInspection.Row {
    /// Whether its certificate comes by the request that it has made, if it comes at all.
    fileprivate var waitsForRequest: Bool { verdict == .noCertificate || request.isOpen }
}

extension KubeletRequestState {
    /// Whether its kubelet has no reason to expect anything.
    fileprivate var isSilent: Bool {
        switch self {
        case .neverMade, .issued: true
        default: false
        }
    }
}
