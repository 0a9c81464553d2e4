// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient
internal import PKI

/// Whether kube-apiserver knows that it speaks to the backend that is meant: one that it does not verify can be
/// anybody who answers at that address, and is told who is asking.
enum BackendTrustCheck {
    /// How long before its end a caBundle is warned of: who runs verify once a month hears of it in time.
    private static let notice: TimeInterval = 30 * 86400

    static func judge(_ evidence: Evidence) -> Verdict? {
        guard let spec = evidence.apiService.object?["spec"], spec["service"].object != nil else { return nil }
        if spec["insecureSkipTLSVerify"].bool == true {
            return .warning(
                Finding(
                    .backendNotVerified,
                    "insecureSkipTLSVerify is true on \(evidence.apiServiceName): whoever answers at the backend's address "
                        + "is believed",
                    hint: evidence.isMetrics
                        ? nil : "set spec.caBundle of the APIService, and spec.insecureSkipTLSVerify: false"))
        }
        guard let bundle = spec["caBundle"].string.flatMap({ Data(base64Encoded: $0) }) else {
            return .passed("against the CAs of kube-apiserver's host")
        }
        // A bundle that cannot be read makes every request fail, which other checks tell of.
        guard let certificates = try? Certificate.read(pem: Array(bundle)),
            let last = certificates.max(by: { $0.notAfter < $1.notAfter })
        else { return nil }
        let end = last.notAfter.formatted(.iso8601)
        guard last.notAfter.timeIntervalSince(evidence.askedAt) > notice else {
            return .warning(
                Finding(
                    .backendCAEnds, "the last CA of \(evidence.apiServiceName)'s caBundle ends on \(end)",
                    hint: evidence.isMetrics ? nil : "renew the backend's certificate, and the APIService's caBundle"))
        }
        return .passed("\(certificates.map(\.subject).joined(separator: ", ")), until \(end)")
    }
}
