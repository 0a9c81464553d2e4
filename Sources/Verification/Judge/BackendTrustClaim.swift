// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient
internal import PKI

/// Whether kube-apiserver knows that it speaks to the backend that is meant: one that it does not verify can be
/// anybody who answers at that address, and is told who is asking.
enum BackendTrustClaim {
    /// How long before its end a caBundle is warned of: who runs verify once a month hears of it in time.
    private static let notice: TimeInterval = 30 * 86400

    static func judge(_ evidence: Evidence) -> Judgement {
        guard let spec = evidence[.apiService].object?["spec"] else {
            return .notChecked("the APIService was not read")
        }
        guard spec["service"].object != nil else { return .notApplicable }
        if spec["insecureSkipTLSVerify"].bool == true {
            return .warning(
                Finding(
                    .backendNotVerified,
                    "insecureSkipTLSVerify is true on \(evidence.apiServiceName): any server at the backend's address is "
                        + "trusted"))
        }
        // The condition or a live request says what is wrong with it.
        if evidence.connectionCause == .backendNotTrusted {
            return .failed(
                Finding(.backendNotTrusted, "the backend's certificate does not verify against \(anchors(spec))"),
                from: .condition)
        }
        // From 1.36 on no condition is written at all with such a bundle; before, nothing verifies against it.
        if let bundle = spec["caBundle"].string.flatMap({ Data(base64Encoded: $0) }), !bundle.isEmpty,
            (try? Certificate.read(pem: Array(bundle)))?.isEmpty != false, case .refused(503, _) = evidence[.discovery]
        {
            return .failed(
                Finding(.backendNotTrusted, "the caBundle of \(evidence.apiServiceName) holds no certificate"))
        }
        // A bundle of blanks is none: rotators write `Cg==` before they know better.
        guard let bundle = spec["caBundle"].string.flatMap({ Data(base64Encoded: $0) }),
            !bundle.allSatisfy({ $0 == 0x0A || $0 == 0x20 || $0 == 0x0D })
        else { return .passed("against the CAs of kube-apiserver's host") }
        // A bundle that cannot be read makes every request fail, of which other claims speak.
        guard let certificates = try? Certificate.read(pem: Array(bundle)),
            let last = certificates.max(by: { $0.notAfter < $1.notAfter })
        else { return .notChecked("the caBundle is no certificate") }
        let end = last.notAfter.formatted(.iso8601)
        guard last.notAfter.timeIntervalSince(evidence.askedAt) > notice else {
            return .warning(
                Finding(
                    .backendCAEnds, "the last CA of \(evidence.apiServiceName)'s caBundle ends on \(end)"))
        }
        let seen = "\(certificates.map(\.subject).joined(separator: ", ")), until \(end)"
        guard evidence.connectionCause == nil else {
            return .notChecked("no certificate is seen; the CA for it is \(seen)")
        }
        return .passed(seen)
    }

    private static func anchors(_ spec: JSONValue) -> String {
        guard let bundle = spec["caBundle"].string.flatMap({ Data(base64Encoded: $0) }), !bundle.isEmpty else {
            return "the CAs of kube-apiserver's host: the APIService has no caBundle"
        }
        guard let certificates = try? Certificate.read(pem: Array(bundle)) else {
            return "the caBundle, which is no certificate"
        }
        return "the caBundle: " + certificates.map(\.subject).joined(separator: ", ")
    }
}
