// SPDX-License-Identifier: Apache-2.0

import PKI

/// Takes a client certificate of the cluster at its word: common name is user, organizations are groups.
struct ClientCertificateAuthentication {
    let authorities: [Certificate]

    /// Nil where the request comes with no certificate that one of the authorities vouches for.
    func caller(of request: ServedRequest) -> Caller? {
        guard let leaf = request.certificates.first, let name = leaf.commonName, !name.isEmpty,
            let verdict = try? verifyChain(
                leaf, intermediates: Array(request.certificates.dropFirst()), anchors: authorities, purpose: .client),
            case .trusted = verdict
        else { return nil }
        return Caller(name: name, groups: leaf.organizations)
    }
}
