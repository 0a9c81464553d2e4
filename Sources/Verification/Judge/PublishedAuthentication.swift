// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient
internal import PKI

/// ConfigMap kube-system/extension-apiserver-authentication: the union of what every API server has published.
struct PublishedAuthentication {
    private let data: JSONValue

    /// When it was changed last; nil where the server does not say.
    let changedAt: Date?

    init?(_ evidence: Evidence) {
        guard let object = evidence[.authentication].object else { return nil }
        data = object["data"]
        let metadata = object["metadata"]
        let times = (metadata["managedFields"].array ?? []).compactMap { $0["time"].string }
        // Times of one form stand in the order of their letters.
        changedAt = (times.max() ?? metadata["creationTimestamp"].string)
            .flatMap { try? Date($0, strategy: .iso8601) }
    }

    /// How much of the ConfigMap's limit is used, in bytes.
    var size: Int {
        (data.object ?? [:]).values.reduce(0) { $0 + ($1.string?.utf8.count ?? 0) }
    }

    var requestHeaderCA: String? { data["requestheader-client-ca-file"].string }
    var clientCA: String? { data["client-ca-file"].string }
    var requestHeaderCertificates: [Certificate]? { Self.certificates(requestHeaderCA) }
    var clientCertificates: [Certificate]? { Self.certificates(clientCA) }
    /// The subject of a CA that signs both the aggregator's certificate and users'.
    var sharedAuthority: String? {
        let keys = Set((clientCertificates ?? []).map(\.publicKeyFingerprint))
        return requestHeaderCertificates?.first { keys.contains($0.publicKeyFingerprint) }?.subject
    }
    var allowedNames: [String] { list("requestheader-allowed-names") }
    var usernameHeaders: [String] { list("requestheader-username-headers") }
    var groupHeaders: [String] { list("requestheader-group-headers") }
    var extraPrefixes: [String] { list("requestheader-extra-headers-prefix") }

    private static func certificates(_ pem: String?) -> [Certificate]? {
        pem.flatMap { try? Certificate.read(pem: Array($0.utf8)) }
    }

    private func list(_ key: String) -> [String] {
        guard let text = data[key].string, let value = try? JSONValue.parse(Array(text.utf8)) else { return [] }
        return (value.array ?? []).compactMap { $0.string?.escapingControls }
    }
}
