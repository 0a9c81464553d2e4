// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1
import PKI

/// Believes the headers of a front proxy, when its certificate is one of the cluster's own proxies'.
///
/// As k8s.io/apiserver's request-header authenticator: the certificate must lead to the request-header CA for client
/// authentication and carry an allowed common name; then the headers say who the caller is.
struct RequestHeaderAuthentication {
    let trust: ClusterTrust

    /// The caller, or nil when this way of authentication does not apply.
    func caller(of request: ServedRequest) throws(AuthenticationRefusal) -> Caller? {
        guard let leaf = request.certificates.first, !trust.proxyAuthorities.isEmpty else { return nil }
        if let refusal = GoVerification.refusal(
            of: request.certificates, anchors: trust.proxyAuthorities, purpose: .client)
        {
            throw AuthenticationRefusal(reason: refusal)
        }
        let commonName = leaf.commonName ?? ""
        guard trust.allowedNames.isEmpty || trust.allowedNames.contains(commonName) else {
            throw AuthenticationRefusal(reason: "x509: subject with cn=\(commonName) is not in the allowed list")
        }
        return caller(named: request.head.headers)
    }

    private func caller(named headers: HTTPHeaders) -> Caller? {
        // The first header that has a value wins; a repeated header counts once, as Go's Header.Get reads it.
        let name = trust.usernameHeaders.lazy.compactMap { headers.first(name: $0) }.first { !$0.isEmpty }
        guard let name else { return nil }
        let groups = trust.groupHeaders.flatMap { headers[$0] }.filter { !$0.isEmpty }
        var extra: [String: [String]] = [:]
        for prefix in trust.extraHeaderPrefixes {
            for (header, value) in headers where header.lowercased().hasPrefix(prefix.lowercased()) {
                extra[header.lowercased().dropFirst(prefix.count).percentDecoded, default: []].append(value)
            }
        }
        return Caller(name: name, groups: groups, extra: extra)
    }
}
