// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient
internal import MetricsServer
internal import PKI

/// The CAs that an APIService trusts its backend by.
struct TrustedBundle {
    /// As PEM, as it stands there; nil where nothing is verified, or no metrics-server of this namespace is meant.
    let text: String?
    let certificates: [Certificate]

    init(_ apiService: JSONValue?, namespace: String) {
        let spec = apiService?["spec"] ?? .null
        let service = spec["service"]
        let isOurs = service["name"].string == "metrics-server" && service["namespace"].string == namespace
        text =
            isOurs
            ? spec["caBundle"].string.flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
            : nil
        certificates = text.flatMap { try? Certificate.read(pem: Array($0.utf8)) } ?? []
    }

    func contains(_ certificate: Certificate) -> Bool { certificates.contains(certificate) }

    /// These CAs that have not ended, each once, with `others` after them.
    func adding(_ others: [Certificate], now: Date = Date()) -> String {
        var seen: Set<[UInt8]> = []
        return (certificates + others).filter { $0.notAfter > now && seen.insert($0.fingerprint).inserted }
            .map(\.pem).joined()
    }
}
