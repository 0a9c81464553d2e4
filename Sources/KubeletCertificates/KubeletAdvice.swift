// SPDX-License-Identifier: Apache-2.0

/// What to do about what an inspection found: the least change that lets metrics-server verify every kubelet.
public enum KubeletAdvice: Sendable, Equatable {
    /// The CA that signed them has ended, so that nothing else helps.
    case renewAuthority(String)
    /// A clock is wrong, here or on these Nodes: what one of them has signed is not valid yet.
    case setClocks([String])
    /// Another order of address types: every certificate names the address of this one.
    case preferAddressType(String)
    /// Every wrong certificate comes from this CA, which metrics-server does not trust.
    case trustAuthority(String)
    /// New certificates for these Nodes, which may be all that were looked at.
    case issue([String], isAll: Bool)
    /// Signing requests that wait for approval, by name; none where they are not all known.
    case approve([String])
    /// Something else than a kubelet listens on these Nodes.
    case lookAtPort([String])
    /// Kubelets that could not be seen from here, and no other fault.
    case lookFromElsewhere([String])
    /// Kubelets that answer anybody, whatever their certificate.
    case authenticate([String])

    /// In the order in which it is to be done; empty where nothing is.
    public static func steps(for inspection: KubeletInspection) -> [KubeletAdvice] {
        let open = inspection.rows.filter(\.isOpen).map(\.node.name)
        return mending(inspection) + (open.isEmpty ? [] : [.authenticate(open)])
    }

    /// What lets metrics-server scrape.
    static func mending(_ inspection: KubeletInspection) -> [KubeletAdvice] {
        let failing = inspection.rows.filter { !$0.verdict.isVerified }
        let seen = failing.filter { !$0.verdict.isUnseen }
        guard !seen.isEmpty else { return failing.isEmpty ? [] : [.lookFromElsewhere(failing.map(\.node.name))] }
        if let ended = seen.lazy.compactMap(\.verdict.endedAuthority).first { return [.renewAuthority(ended)] }
        let early = seen.filter(\.verdict.isEarly)
        let waiting = seen.filter { $0.verdict == .noCertificate }
        let plain = seen.filter { $0.verdict == .notTLS }
        let wrong = seen.filter { !$0.verdict.isEarly && $0.verdict != .noCertificate && $0.verdict != .notTLS }
        var steps: [KubeletAdvice] = early.isEmpty ? [] : [.setClocks(early.map(\.node.name))]
        if !wrong.isEmpty { steps.append(mending(wrong, of: inspection.rows)) }
        if !waiting.isEmpty {
            let requests = waiting.compactMap { inspection.pendingRequests["system:node:\($0.node.name)"] }
            steps.append(.approve(requests.count == waiting.count ? requests.sorted() : []))
        }
        if !plain.isEmpty { steps.append(.lookAtPort(plain.map(\.node.name))) }
        return steps
    }

    /// What mends wrong certificates, the smallest change first.
    private static func mending(
        _ wrong: [KubeletInspection.Row], of rows: [KubeletInspection.Row]
    ) -> KubeletAdvice {
        if let type = addressType(rows.filter { $0.leaf != nil }, wrong) { return .preferAddressType(type) }
        if let authority = authority(wrong) { return .trustAuthority(authority) }
        return .issue(wrong.map(\.node.name), isAll: wrong.count == rows.count)
    }

    /// What to type where nothing but the CA or a clock is to blame, and why; nil for all other advice.
    public var groundwork: (command: String, reason: String)? {
        switch self {
        case .renewAuthority(let name):
            (
                "openssl x509 -noout -subject -enddate -in FILE",
                "the CA \(name.onOneLine) has ended: renew it, then issue"
            )
        case .setClocks(let nodes):
            (
                "timedatectl",
                "here and on \(nodes.prefix(3).joined(separator: ", ")): a certificate begins later than it is"
            )
        default: nil
        }
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
