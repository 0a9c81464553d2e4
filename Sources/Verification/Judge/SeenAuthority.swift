// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient
internal import PKI

/// Whose key signed a certificate that a backend has seen: matched with the CAs that are published, and with this host's.
struct SeenAuthority {
    private let identifier: String
    private let evidence: Evidence

    /// - Parameter identifier: hexadecimal, with colons.
    init(_ identifier: String, _ evidence: Evidence) {
        self.identifier = identifier
        self.evidence = evidence
    }

    var words: String {
        let published = PublishedAuthentication(evidence)
        let places: [(String, [Certificate]?)] = [
            ("the published requestheader CA", published?.requestHeaderCertificates),
            ("the client CA", published?.clientCertificates),
            (
                "the CA in \(evidence.frontProxy?.directory ?? "")",
                evidence.frontProxy?.authorities.flatMap { try? Certificate.read(pem: Array($0.utf8)) }
            ),
        ]
        let found = places.compactMap { place, certificates in
            certificates?.first { $0.subjectKeyIdentifier?.uppercased() == identifier }.map {
                "\(place), \($0.subject)"
            }
        }
        guard let first = found.first else {
            return "its certificate was signed by a CA that is not published (AKID \(identifier))"
        }
        return "its certificate was signed by \(first)"
    }
}
