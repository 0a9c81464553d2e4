// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
public import PKI

/// A Node, as far as its kubelet's serving certificate is concerned.
public struct KubeletNode: Sendable, Equatable {
    /// One of `status.addresses`.
    public struct Address: Sendable, Hashable {
        /// `InternalIP`, `ExternalIP`, `Hostname`, `InternalDNS`, `ExternalDNS`.
        public let type: String
        public let value: String

        public init(type: String, value: String) {
            self.type = type
            self.value = value
        }
    }

    public let name: String
    public let addresses: [Address]
    /// Where its kubelet says that it listens (`status.daemonEndpoints`), which nobody checks; else 10250.
    public let port: Int
    /// The label or taint that says that no kubelet of a host stands behind the Node, such as `type=virtual-kubelet`; nil
    /// where none does.
    public let virtualMark: String?

    /// The numbers that a port can have.
    static let ports = 1...65535

    /// The order in which metrics-server's manifest has it look for an address to dial.
    public static let preferredTypes = ["InternalIP", "ExternalIP", "Hostname"]

    public init(_ node: JSONValue) {
        name = node["metadata"]["name"].string ?? ""
        addresses = (node["status"]["addresses"].array ?? []).compactMap { entry in
            guard let type = entry["type"].string, let value = entry["address"].string else { return nil }
            return Address(type: type, value: value)
        }
        // To metrics-server, too, 0 says nothing (pkg/scraper/client/resource/client.go).
        port =
            node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"].int.flatMap { $0 == 0 ? nil : Int($0) }
            ?? 10250
        virtualMark = VirtualNodeMark.of(node)
    }

    /// A Node that is known by hearsay.
    public init(name: String, addresses: [Address]) {
        self.name = name
        self.addresses = addresses
        port = 10250
        virtualMark = nil
    }

    /// Whether the name is one that a Node can have: a DNS subdomain of lowercase letters, digits, dashes and dots
    /// (apimachinery, validation.IsDNS1123Subdomain). So it is also one that a folder can have.
    public var hasHostName: Bool { Self.isHostName(name) }

    static func isHostName(_ name: String) -> Bool {
        (1...253).contains(name.utf8.count)
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                guard let first = label.first, let last = label.last, first != "-", last != "-" else { return false }
                return label.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
            }
    }

    /// What its kubelet's certificate must name: every address of the Node, as the kubelet itself would ask for. One
    /// that is neither an IP address nor a DNS name is left as it is, for bounds to refuse. An IPv4 address that is written
    /// as IPv6 takes its 4 bytes: with 16 OpenSSL would not find it.
    public var certificateNames: [SubjectAlternativeName] {
        var seen = Set<String>()
        return addresses.map(\.value).compactMap { text in
            let parsed =
                IPAddress(text).map { .ip($0.bytes) } ?? (try? SubjectAlternativeName.parse(text)) ?? .other(text)
            return seen.insert(parsed.description).inserted ? parsed : nil
        }
    }

    static func isIP(_ address: String) -> Bool {
        if case .ip? = try? SubjectAlternativeName.parse(address) { true } else { false }
    }

    /// The Nodes of a cluster, as etcd has them: they are judged by, and the API server's cache may lag behind.
    ///
    /// - Parameter labelSelector: as kubectl's `-l`.
    public static func listed(
        _ client: APIClient, labelSelector: String? = nil
    ) async throws(APIError) -> [KubeletNode] {
        try await client.list(.nodes, labelSelector: labelSelector, ignoring: ResourceType.bulk, keeping: kept).items
            .map(KubeletNode.init)
    }

    /// What is looked at of a Node: of thousands, more does not fit into memory twice.
    private static func kept(_ node: JSONValue) -> JSONValue {
        [
            "metadata": ["name": node["metadata"]["name"], "labels": node["metadata"]["labels"]],
            "spec": ["taints": node["spec"]["taints"]],
            "status": ["addresses": node["status"]["addresses"], "daemonEndpoints": node["status"]["daemonEndpoints"]],
        ]
    }

    /// The first address of the first type that the Node has: no other is ever tried (metrics-server,
    /// pkg/utils/address_resolver.go).
    public func dialled(_ types: [String] = preferredTypes) -> String? {
        types.lazy.compactMap { type in addresses.first { $0.type == type }?.value }.first
    }
}
