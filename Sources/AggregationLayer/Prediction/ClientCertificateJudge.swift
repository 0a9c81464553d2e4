// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import PKI

/// Why an aggregated server does not believe a certificate, by the class of the reason in its log. The words are those of
/// Go's crypto/x509 and k8s.io/apiserver; what follows them differs by version.
public enum CertificateRefusal: Sendable, Equatable {
    case unknownAuthority
    case expired
    case notYetValid
    case usageWrong
    /// The common name that is not on the list.
    case nameNotAllowed(String, allowed: [String])

    /// A stable word for it.
    public var name: String {
        switch self {
        case .unknownAuthority: "unknown-authority"
        case .expired: "expired"
        case .notYetValid: "not-yet-valid"
        case .usageWrong: "incompatible-usage"
        case .nameNotAllowed: "name-not-allowed"
        }
    }

    /// What the log says.
    public var logged: String {
        switch self {
        case .unknownAuthority: "x509: certificate signed by unknown authority"
        case .expired, .notYetValid: "x509: certificate has expired or is not yet valid"
        case .usageWrong: "x509: certificate specifies an incompatible key usage"
        case .nameNotAllowed(let name, _): "x509: subject with cn=\(name) is not in the allowed list"
        }
    }
}

/// Follows a client certificate to a CA as Go does (crypto/x509, Certificate.Verify with ExtKeyUsageClientAuth).
///
/// The way is OpenSSL's to find. It differs from Go's in three things, which are settled here: key identifiers are only
/// hints to Go; key usage counts for CAs alone; anyExtendedKeyUsage stands for every usage.
struct ClientCertificateJudge {
    let anchors: [Certificate]
    let now: Date

    /// Why the certificate is refused; nil where it is trusted.
    func refusal(of chain: [Certificate]) -> CertificateRefusal? {
        guard let leaf = chain.first else { return .unknownAuthority }
        if now > leaf.notAfter { return .expired }
        if now < leaf.notBefore { return .notYetValid }
        guard
            let found = try? findChain(
                leaf, intermediates: Array(chain.dropFirst()), anchors: anchors, purpose: .any, at: now)
        else { return .unknownAuthority }
        switch found.verdict {
        case .trusted: return usageRefusal(found.chain)
        case .refused(.expired, _): return .expired
        case .refused(.notYetValid, _): return .notYetValid
        case .refused(.unknownAuthority, _):
            return signer(of: leaf).map { usageRefusal([leaf, $0]) } ?? .unknownAuthority
        case .refused: return .unknownAuthority
        }
    }

    /// The anchor whose key signed the leaf, where only a key identifier, or an issuer's serial number, says otherwise.
    private func signer(of leaf: Certificate) -> Certificate? {
        anchors.first { anchor in
            anchor.isCertificateAuthority && (anchor.notBefore...anchor.notAfter).contains(now)
                && (anchor.keyUsages.isEmpty || anchor.keyUsages.contains("keyCertSign"))
                && (try? leaf.isSigned(by: anchor)) == true
        }
    }

    /// 2.5.29.37.0 (RFC 5280, section 4.2.1.12).
    private static let anyUsage = ExtendedKeyUsage.other("2.5.29.37.0")

    private func usageRefusal(_ chain: [Certificate]) -> CertificateRefusal? {
        let allows = chain.allSatisfy { certificate in
            let usages = certificate.extendedKeyUsages
            return usages.isEmpty || usages.contains(.clientAuth) || usages.contains(Self.anyUsage)
        }
        return allows ? nil : .usageWrong
    }
}
