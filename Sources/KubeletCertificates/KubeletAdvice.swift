// SPDX-License-Identifier: Apache-2.0

/// The one thing to do about what an inspection found: the least change that lets metrics-server verify every kubelet.
public enum KubeletAdvice: Sendable, Equatable {
    case nothing
    /// Signing requests that wait for approval, by name.
    case approve([String])
    /// Another order of address types: every certificate names the address of this one.
    case preferAddressType(String)
    /// Every certificate comes from this CA, which metrics-server does not trust.
    case trustAuthority(String)
    /// The CA that signed them has ended, so that nothing else helps.
    case renewAuthority(String)
    /// A clock is wrong, here or on these Nodes: what one of them has signed is not valid yet.
    case setClocks([String])
    /// New certificates for these Nodes.
    case issue([String])
    /// Kubelets that could not be seen from here, and no other fault.
    case lookFromElsewhere([String])

    public init(_ inspection: KubeletInspection) {
        let failing = inspection.rows.filter { !$0.verdict.isVerified }
        let blind = failing.filter { if case .notVisible = $0.verdict { true } else { false } }
        let wrong = failing.filter { if case .notVisible = $0.verdict { false } else { true } }
        if failing.isEmpty {
            self = .nothing
        } else if wrong.isEmpty {
            self = .lookFromElsewhere(blind.map(\.node.name))
        } else if let ended = wrong.lazy.compactMap(\.verdict.endedAuthority).first {
            self = .renewAuthority(ended)
        } else if wrong.contains(where: \.verdict.isEarly) {
            self = .setClocks(wrong.filter(\.verdict.isEarly).map(\.node.name))
        } else if let requests = Self.requests(wrong, inspection.pendingRequests) {
            self = .approve(requests)
        } else if let type = Self.addressType(inspection.rows.filter { $0.leaf != nil }, wrong) {
            self = .preferAddressType(type)
        } else if let authority = Self.authority(wrong) {
            self = .trustAuthority(authority)
        } else {
            self = .issue(wrong.map(\.node.name))
        }
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

    private static func requests(_ wrong: [KubeletInspection.Row], _ pending: [String: String]) -> [String]? {
        let requests = wrong.compactMap { row in
            row.verdict == .noCertificate ? pending["system:node:\(row.node.name)"] : nil
        }
        return requests.count == wrong.count ? requests.sorted() : nil
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
