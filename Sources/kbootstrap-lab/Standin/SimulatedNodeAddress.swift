// SPDX-License-Identifier: Apache-2.0

import KubernetesClient

/// Where the simulated kubelet of a Node is to listen.
struct SimulatedNodeAddress: Sendable {
    let name: String
    /// The first InternalIP.
    let address: String
    /// `status.daemonEndpoints.kubeletEndpoint.Port`, else the usual one.
    let port: Int

    /// Nil for a Node without such an address.
    init?(_ node: JSONValue) {
        let addresses = node["status"]["addresses"].array ?? []
        guard let name = node.name,
            let address = addresses.first(where: { $0["type"].string == "InternalIP" })?["address"].string
        else { return nil }
        let port = node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"].int ?? 0
        (self.name, self.address, self.port) = (name, address, port > 0 ? Int(port) : 10250)
    }
}
