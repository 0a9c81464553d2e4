// SPDX-License-Identifier: Apache-2.0

import PKI

/// Takes a client certificate of the cluster at its word: common name is user, organizations are groups.
struct ClientCertificateAuthentication {
    let trust: ClusterTrust

    /// The caller, or nil when this way of authentication does not apply.
    func caller(of request: ServedRequest) throws(AuthenticationRefusal) -> Caller? {
        guard let leaf = request.certificates.first, !trust.clientAuthorities.isEmpty else { return nil }
        if let refusal = GoVerification.refusal(
            of: request.certificates, anchors: trust.clientAuthorities, purpose: .client)
        {
            throw AuthenticationRefusal(reason: "verifying certificate \(leaf.identifierInGo) failed: \(refusal)")
        }
        guard let name = leaf.commonName, !name.isEmpty else { return nil }
        return Caller(name: name, groups: leaf.organizations)
    }
}
