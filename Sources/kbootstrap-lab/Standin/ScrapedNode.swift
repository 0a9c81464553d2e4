// SPDX-License-Identifier: Apache-2.0

import KubernetesClient

/// A node as metrics-server sees it: where its kubelet is, and whether the node is ready.
struct ScrapedNode: Sendable {
    struct Address: Sendable {
        let type: String
        let address: String
    }

    let name: String
    let labels: [String: String]
    let addresses: [Address]
    /// `status.daemonEndpoints.kubeletEndpoint.Port`; nil where the node does not tell.
    let statusPort: Int?
    let isReady: Bool
    /// The path that an annotation gives in place of /metrics/resource.
    let metricsPath: String?

    init?(_ node: JSONValue) {
        guard let name = node.name else { return nil }
        let status = node["status"]
        self.name = name
        labels = (node["metadata"]["labels"].object ?? [:]).compactMapValues(\.string)
        addresses = (status["addresses"].array ?? []).compactMap { entry in
            guard let type = entry["type"].string, let address = entry["address"].string else { return nil }
            return Address(type: type, address: address)
        }
        statusPort = status["daemonEndpoints"]["kubeletEndpoint"]["Port"].int.flatMap { $0 > 0 ? Int($0) : nil }
        isReady = (status["conditions"].array ?? []).contains {
            $0["type"].string == "Ready" && $0["status"].string == "True"
        }
        metricsPath = node["metadata"]["annotations"]["metrics.k8s.io/resource-metrics-path"].string
    }

    /// The first address of the first type that the node has.
    func address(preferring types: [String]) throws(ScrapeFailure) -> String {
        for type in types {
            if let found = addresses.first(where: { $0.type == type }) { return found.address }
        }
        throw ScrapeFailure(text: "no address matched types [\(types.joined(separator: " "))]")
    }
}

/// Why a node could not be scraped, in upstream's words.
struct ScrapeFailure: Error {
    var text: String
    var isTimeout = false
}
