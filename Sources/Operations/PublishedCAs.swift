// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient
internal import PKI

/// The list of CAs in ConfigMap extension-apiserver-authentication, each with its own text.
struct PublishedCAs: Sendable {
    /// As it is published.
    let text: String
    private let blocks: [(text: String, certificate: Certificate?)]

    init(_ configMap: JSONValue) {
        text = configMap["data"][PublishedTrust.key].string ?? ""
        let begin = "-----BEGIN CERTIFICATE-----"
        let end = "-----END CERTIFICATE-----"
        blocks = text.ranges(of: begin).compactMap { [text] start in
            guard let last = text[start.upperBound...].firstRange(of: end) else { return nil }
            let block = String(text[start.lowerBound..<last.upperBound]) + "\n"
            return (block, try? Certificate.read(pem: Array(block.utf8)).first)
        }
    }

    /// How many of them cannot be read here.
    var unreadable: Int { blocks.count { $0.certificate == nil } }

    func contains(_ ca: Certificate) -> Bool { blocks.contains { $0.certificate?.fingerprint == ca.fingerprint } }

    /// Those that are none of these.
    func certificates(except kept: [Certificate]) -> [Certificate] {
        blocks.compactMap(\.certificate).filter { !Self.isOne(of: kept, $0) }
    }

    /// The list with these and what cannot be read.
    func text(keeping kept: [Certificate]) -> String {
        blocks.filter { $0.certificate.map { Self.isOne(of: kept, $0) } ?? true }.map(\.text).joined()
    }

    private static func isOne(of kept: [Certificate], _ certificate: Certificate) -> Bool {
        kept.contains { $0.fingerprint == certificate.fingerprint }
    }
}
