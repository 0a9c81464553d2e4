// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// The Service that an APIService points at.
struct ServiceTarget: Sendable {
    let name: String
    let namespace: String
    let port: Int64

    init?(_ evidence: Evidence) {
        let service = evidence[.apiService].object?["spec"]["service"] ?? .null
        guard let name = service["name"].string, let namespace = service["namespace"].string else { return nil }
        self.name = name
        self.namespace = namespace
        port = service["port"].int ?? 443  // the API's default
    }

    /// As a reader sees it: `namespace/name`.
    var place: String { "\(namespace)/\(name)".inOneLine }

    /// The name of the Service's port, as its addresses have to have it; nil where it is not known.
    func portName(_ evidence: Evidence) -> String? {
        evidence[.service].object?["spec"]["ports"].array?.first { $0["port"].int == port }?["name"].string
    }
}
