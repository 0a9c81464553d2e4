// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// A Node, as far as its kubelet's serving certificate is concerned.
public struct KubeletNode: Sendable, Equatable {
    /// One of `status.addresses`.
    public struct Address: Sendable, Hashable {
        /// `InternalIP`, `ExternalIP`, `Hostname`, `InternalDNS`, `ExternalDNS`.
        public let type: String
        public let value: String
    }

    public let name: String
    public let addresses: [Address]
    /// Where its kubelet listens (`status.daemonEndpoints`), else 10250.
    public let port: Int

    /// The order in which metrics-server's manifest has it look for an address to dial.
    public static let preferredTypes = ["InternalIP", "ExternalIP", "Hostname"]

    public init(_ node: JSONValue) {
        name = node["metadata"]["name"].string ?? ""
        addresses = (node["status"]["addresses"].array ?? []).compactMap { entry in
            guard let type = entry["type"].string, let value = entry["address"].string else { return nil }
            return Address(type: type, value: value)
        }
        port = node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"].int.map { Int($0) } ?? 10250
    }

    /// The first address of the first type that the Node has: no other is ever tried (metrics-server,
    /// pkg/utils/address_resolver.go).
    public func dialled(_ types: [String] = preferredTypes) -> String? {
        types.lazy.compactMap { type in addresses.first { $0.type == type }?.value }.first
    }
}
