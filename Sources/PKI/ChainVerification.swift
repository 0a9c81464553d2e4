// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL
public import FoundationEssentials

/// What a certificate is to be trusted for.
public enum TrustPurpose: Sendable {
    case client, server
    /// Usages are the caller's to judge.
    case any
}

/// Why a chain was refused.
public enum ChainRefusal: Sendable, Equatable {
    case unknownAuthority
    case expired
    case notYetValid
    case wrongUsage
    case other
}

/// Whether a certificate leads to one of the anchors.
public enum ChainVerdict: Sendable, Equatable {
    case trusted
    /// With OpenSSL's own words for it.
    case refused(ChainRefusal, reason: String)
}

/// Follows `leaf` to one of `anchors`, as kube-apiserver's and metrics-server's verifiers do: any certificate of
/// the bundle is an anchor, whether it signed itself or not.
///
/// - Parameter moment: when it is to hold; nil where dates are not to be judged.
/// - Throws: where OpenSSL could not even try.
public func verifyChain(
    _ leaf: Certificate, intermediates: [Certificate] = [], anchors: [Certificate], purpose: TrustPurpose,
    at moment: Date? = Date()
) throws(OpenSSLError) -> ChainVerdict {
    try findChain(leaf, intermediates: intermediates, anchors: anchors, purpose: purpose, at: moment).verdict
}

/// As `verifyChain`, with the way that was found.
///
/// - Returns: the verdict, and the certificates from `leaf` to the anchor; where the chain was refused, as far as it led.
/// - Throws: where OpenSSL could not even try.
public func findChain(
    _ leaf: Certificate, intermediates: [Certificate] = [], anchors: [Certificate], purpose: TrustPurpose,
    at moment: Date? = Date()
) throws(OpenSSLError) -> (verdict: ChainVerdict, chain: [Certificate]) {
    let intent = "verify a certificate chain"
    let leafHandle = try X509Handle.parse(der: leaf.der)
    let store = try check(X509_STORE_new(), intent)
    defer { X509_STORE_free(store) }
    for anchor in anchors {
        try X509Handle.parse(der: anchor.der).withPointer { (x509) throws(OpenSSLError) in
            try check(X509_STORE_add_cert(store, x509), intent)
        }
    }
    let untrusted = try CertificateStack(intermediates)
    return try untrusted.withPointer { (untrusted) throws(OpenSSLError) in
        let context = try check(X509_STORE_CTX_new(), intent)
        defer { X509_STORE_CTX_free(context) }
        return try leafHandle.withPointer { (x509) throws(OpenSSLError) in
            try check(X509_STORE_CTX_init(context, store, x509, untrusted), intent)
            if let number = purpose.number { try check(X509_STORE_CTX_set_purpose(context, number), intent) }
            let parameters = X509_STORE_CTX_get0_param(context)
            // Level 1 refuses SHA-1 and MD5 signatures and short keys, as Go's verifier does.
            X509_VERIFY_PARAM_set_auth_level(parameters, 1)
            var flags = X509_V_FLAG_PARTIAL_CHAIN
            if let moment {
                X509_VERIFY_PARAM_set_time(parameters, time_t(moment.timeIntervalSince1970))
            } else {
                flags |= X509_V_FLAG_NO_CHECK_TIME
            }
            try check(X509_VERIFY_PARAM_set_flags(parameters, UInt(flags)), intent)
            let isTrusted = X509_verify_cert(context) == 1
            let code = X509_STORE_CTX_get_error(context)
            ERR_clear_error()
            let chain = try CertificateStack.certificates(X509_STORE_CTX_get0_chain(context))
            if isTrusted { return (.trusted, chain) }
            let reason = X509_verify_cert_error_string(Int(code)).map { String(cString: $0) } ?? "error \(code)"
            return (.refused(refusal(code), reason: reason), chain)
        }
    }
}

extension TrustPurpose {
    fileprivate var number: CInt? {
        switch self {
        case .client: X509_PURPOSE_SSL_CLIENT
        case .server: X509_PURPOSE_SSL_SERVER
        case .any: nil
        }
    }
}

private func refusal(_ code: CInt) -> ChainRefusal {
    switch code {
    case X509_V_ERR_CERT_HAS_EXPIRED: .expired
    case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
    case X509_V_ERR_INVALID_PURPOSE, X509_V_ERR_KEYUSAGE_NO_CERTSIGN: .wrongUsage
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
        X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
        X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE:
        .unknownAuthority
    default: .other
    }
}

extension Certificate {
    /// Whether `issuer` has this certificate's issuer name and its key signed it, whatever the key identifiers say.
    ///
    /// - Throws: where a certificate's key cannot be read.
    public func isSigned(by issuer: Certificate) throws(OpenSSLError) -> Bool {
        guard self.issuer == issuer.subject else { return false }
        let own = try X509Handle.parse(der: der)
        return try X509Handle.parse(der: issuer.der).withPointer { (authority) throws(OpenSSLError) in
            let key = try check(X509_get0_pubkey(authority), "read the issuer's public key")
            return try own.withPointer { (x509) throws(OpenSSLError) in
                defer { ERR_clear_error() }
                return X509_verify(x509, key) == 1
            }
        }
    }
}
