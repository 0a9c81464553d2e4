// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import PKI

/// Whom an aggregated server takes a caller for, when kube-apiserver passes a request on.
///
/// As k8s.io/apiserver asks, in this order (pkg/authentication/request/union): the front proxy's headers, the
/// certificate's own name, nobody. One way that fails does not stop the next; but when none succeeds and one failed, the
/// answer is 401, never anonymous.
public enum AuthenticatorVerdict: Sendable, Equatable {
    /// Every caller arrives under its own name.
    case callersOwnName(groups: Bool, extra: Bool)
    /// Every caller is taken for the certificate's own name: the APIService becomes Available all the same, because any
    /// authenticated caller may read discovery.
    case certificatesName(String, organizations: [String], refusal: CertificateRefusal?)
    /// Every caller is system:anonymous.
    case anonymous
    /// Every request is refused.
    case refused([CertificateRefusal])

    /// What the aggregator's probe, a GET of the group's discovery document, is answered.
    public var probeStatus: Int {
        switch self {
        case .callersOwnName, .certificatesName: 200
        case .anonymous: 403
        case .refused: 401
        }
    }

    public var isGood: Bool { if case .callersOwnName = self { true } else { false } }

    /// - Parameters:
    ///   - chain: what kube-apiserver shows, leaf first; empty where it has no certificate.
    ///   - trust: what the server has read.
    init(chain: [Certificate], trust: RequestHeaderTrust, at now: Date) {
        guard let leaf = chain.first else {
            self = .anonymous
            return
        }
        var refusals: [CertificateRefusal] = []
        if !trust.proxyAuthorities.isEmpty {
            if let refusal = Self.proxyRefusal(chain, leaf, trust, now) {
                refusals.append(refusal)
            } else if Self.has("X-Remote-User", trust.usernameHeaders) {
                // The aggregator sends these names whatever its own flags say.
                self = .callersOwnName(
                    groups: Self.has("X-Remote-Group", trust.groupHeaders),
                    extra: Self.has("X-Remote-Extra-", trust.extraHeaderPrefixes))
                return
            }
        }
        if !trust.clientAuthorities.isEmpty {
            if let refusal = ClientCertificateJudge(anchors: trust.clientAuthorities, now: now).refusal(of: chain) {
                refusals.append(refusal)
            } else if let name = leaf.commonName, !name.isEmpty {
                self = .certificatesName(name, organizations: leaf.organizations, refusal: refusals.first)
                return
            }
        }
        self = refusals.isEmpty ? .anonymous : .refused(refusals)
    }

    private static func proxyRefusal(
        _ chain: [Certificate], _ leaf: Certificate, _ trust: RequestHeaderTrust, _ now: Date
    ) -> CertificateRefusal? {
        let judge = ClientCertificateJudge(anchors: trust.proxyAuthorities, now: now)
        if let refusal = judge.refusal(of: chain) { return refusal }
        let name = leaf.commonName ?? ""
        guard trust.allowedNames.isEmpty || trust.allowedNames.contains(name) else {
            return .nameNotAllowed(name, allowed: trust.allowedNames)
        }
        return nil
    }

    private static func has(_ header: String, _ names: [String]) -> Bool {
        names.contains { $0.lowercased() == header.lowercased() }
    }
}
