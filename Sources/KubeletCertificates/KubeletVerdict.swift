// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import PKI

/// Whether metrics-server will be able to verify a kubelet, and why not.
public enum KubeletVerdict: Sendable, Equatable {
    case verified
    /// It will fail within the days asked for.
    case expiresSoon(Date)
    case expired(Date)
    /// It begins in the future of this machine's clock, or its CA does.
    case notYetValid(Date)
    /// The CA that it leads to has ended: no certificate of it is worth anything.
    case authorityExpired(String, Date)
    /// The chain is good, the name is not: what the certificate is valid for.
    case otherNames([String])
    case selfSigned
    /// The issuer that the CA does not lead to.
    case otherAuthority(String)
    case wrongUsage
    case noCertificate
    case notTLS
    case notVisible(String)

    /// - Parameters:
    ///   - address: what metrics-server dials.
    ///   - authorities: what metrics-server trusts; nil where that is not known, and so not judged.
    ///   - warnWithinDays: a certificate with fewer days left expires soon.
    public init(
        _ answer: KubeletAnswer, address: String, authorities: [Certificate]?, warnWithinDays: Int, now: Date = Date()
    ) {
        switch answer {
        case .noCertificate: self = .noCertificate
        case .notTLS: self = .notTLS
        case .unreachable(let reason): self = .notVisible(reason)
        case .served(let chain, _):
            guard let leaf = chain.first else {
                self = .noCertificate
                return
            }
            self = Self.judge(leaf, chain, address, authorities, warnWithinDays, now)
        }
    }

    /// In the order of what must be mended first: a new certificate mends name and dates as well.
    private static func judge(
        _ leaf: Certificate, _ chain: [Certificate], _ address: String, _ authorities: [Certificate]?,
        _ warnWithinDays: Int, _ now: Date
    ) -> KubeletVerdict {
        if let authorities, let fault = fault(of: leaf, chain, authorities, now) { return fault }
        if now > leaf.notAfter { return .expired(leaf.notAfter) }
        if now < leaf.notBefore { return .notYetValid(leaf.notBefore) }
        guard leaf.names(address) else {
            return .otherNames(leaf.subjectAlternativeNames.map(\.description))
        }
        let days = leaf.notAfter.timeIntervalSince(now) / 86400
        return days < Double(warnWithinDays) ? .expiresSoon(leaf.notAfter) : .verified
    }

    private static func fault(
        of leaf: Certificate, _ chain: [Certificate], _ authorities: [Certificate], _ now: Date
    ) -> KubeletVerdict? {
        let found = try? findChain(
            leaf, intermediates: Array(chain.dropFirst()), anchors: authorities, purpose: .server, at: now)
        switch found?.verdict {
        case .refused(.wrongUsage, _): return .wrongUsage
        case .refused(.expired, _), .refused(.notYetValid, _):
            let way = found?.chain ?? []
            if let ended = way.dropFirst().first(where: { now > $0.notAfter }) {
                return .authorityExpired(ended.subject, ended.notAfter)
            }
            return now > leaf.notAfter
                ? .expired(leaf.notAfter) : .notYetValid(way.map(\.notBefore).max() ?? leaf.notBefore)
        case .trusted: return nil
        default:
            // kubelet's own CA, made at its first start, is named HOST-ca@SECONDS (kubelet, GenerateSelfSignedCertKey).
            let isOwn = leaf.issuer == leaf.subject || leaf.issuer.contains("-ca@")
            return isOwn ? .selfSigned : .otherAuthority(leaf.issuer)
        }
    }

    /// Whether metrics-server can scrape, today.
    public var isVerified: Bool {
        switch self {
        case .verified, .expiresSoon: true
        default: false
        }
    }

    /// Whether nothing is known of its certificate.
    var isUnseen: Bool { if case .notVisible = self { true } else { false } }

    /// A stable word for it.
    public var name: String {
        switch self {
        case .verified: "verified"
        case .expiresSoon: "expires-soon"
        case .expired: "expired"
        case .notYetValid: "not-yet-valid"
        case .authorityExpired: "authority-expired"
        case .otherNames: "other-names"
        case .selfSigned: "self-signed"
        case .otherAuthority: "other-authority"
        case .wrongUsage: "wrong-usage"
        case .noCertificate: "no-certificate"
        case .notTLS: "not-tls"
        case .notVisible: "not-visible"
        }
    }
}
