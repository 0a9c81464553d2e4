// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient
internal import MetricsServer
internal import PKI

/// The serving certificate that a Secret holds, judged.
struct KeptServingCertificate: Sendable {
    /// The CA that signed it; nil where the Secret names none.
    let authority: Certificate?
    /// When it began; nil where there is none.
    let notBefore: Date?
    /// Why another one is needed; nil while this one is good.
    let flaw: String?

    /// - Parameters:
    ///   - secret: nil where there is none.
    ///   - namespace: metrics-server's.
    init(_ secret: JSONValue?, namespace: String, now: Date = Date()) {
        let leaf = Self.certificates(secret, "tls.crt").first
        authority = Self.certificates(secret, "ca.crt").first
        notBefore = leaf?.notBefore
        guard let leaf, let authority else {
            flaw = secret == nil ? "there is none yet" : "the Secret holds no certificate and CA that can be read"
            return
        }
        let flaw = Self.flaw(leaf, authority, namespace: namespace, now: now)
        // metrics-server would not start with another's.
        self.flaw = flaw ?? (Self.hasKey(secret, of: leaf) ? nil : "its tls.key is not the key of tls.crt")
    }

    private static func hasKey(_ secret: JSONValue?, of leaf: Certificate) -> Bool {
        guard let bytes = secret?["data"]["tls.key"].string.flatMap({ Data(base64Encoded: $0) }),
            let key = try? PrivateKey.read(pem: Array(bytes))
        else { return false }
        return (try? leaf.matches(key)) == true
    }

    /// How much of a certificate's life may be left before it is renewed: a third, and 60 days at most, so that
    /// whoever looks at a cluster once a month is in time.
    private static func margin(_ leaf: Certificate) -> TimeInterval {
        min(leaf.notAfter.timeIntervalSince(leaf.notBefore) / 3, 60 * 86400)
    }

    private static func flaw(
        _ leaf: Certificate, _ authority: Certificate, namespace: String, now: Date
    ) -> String? {
        if leaf.notAfter <= now { return "it expired on \(leaf.notAfter.formatted(.iso8601))" }
        if leaf.notAfter.timeIntervalSince(now) < margin(leaf) {
            return "it ends on \(leaf.notAfter.formatted(.iso8601))"
        }
        let names = leaf.subjectAlternativeNames.map(\.description)
        if let missing = ServingMode.names(in: namespace).first(where: { !names.contains($0) }) {
            return "it is not for \(missing)"
        }
        if case .trusted? = try? verifyChain(leaf, anchors: [authority], purpose: .server, at: now) { return nil }
        return "its own ca.crt does not verify it"
    }

    private static func certificates(_ secret: JSONValue?, _ key: String) -> [Certificate] {
        guard let bytes = secret?["data"][key].string.flatMap({ Data(base64Encoded: $0) }) else { return [] }
        return (try? Certificate.read(pem: Array(bytes))) ?? []
    }
}
