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
