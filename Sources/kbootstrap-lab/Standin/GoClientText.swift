// SPDX-License-Identifier: Apache-2.0

import KubernetesClient

extension APIError {
    /// What client-go would have said of this failure.
    var textInGo: String {
        let words = request.split(separator: " ", maxSplits: 1)
        let url = words.count > 1 ? String(words[1]) : request
        let verb = words.count > 1 ? words[0].prefix(1) + words[0].dropFirst().lowercased() : "Get"
        let host = url.split(separator: "/").dropFirst().first.map(String.init) ?? "?"
        let cause: String
        switch kind {
        case .status: return reason.hasPrefix("HTTP ") ? String(reason.drop { $0 != ":" }.dropFirst(2)) : reason
        case .noRoute: cause = "dial tcp \(host): connect: no route to host"
        case .refused: cause = "dial tcp \(host): connect: connection refused"
        case .nameNotFound: cause = "dial tcp: lookup \(host.prefix { $0 != ":" }): no such host"
        case .timeout: cause = "dial tcp \(host): i/o timeout"
        case .reset: cause = "EOF"
        case .cancelled: cause = "context canceled"
        case .tls: cause = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
        case .tooLarge, .notKubernetes, .credentials: cause = reason
        }
        return "\(verb) \(url.quotedAsInGo): \(cause)"
    }
}
