// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient
public import PKI

/// Which names and addresses a kubelet's serving certificate may carry.
///
/// A Node's addresses are written by that node's own kubelet, so a node that somebody has taken over can claim any.
/// Every name must therefore be one of the Node's addresses **and** keep within what the operator allows, and these are
/// refused whatever is allowed: API servers, Services, loopback and the like, and what belongs to another Node.
///
/// Where the operator allows nothing:
/// - of DNS names only the Node's own name passes, which the API server has authenticated, and only without a dot;
/// - no address passes: nothing but the operator knows in which networks the Nodes are.
///
/// The Node's own name must lie below an allowed domain too, unless it has no dot: who holds a bootstrap token can
/// register a Node under any name, such as one by which an API server or a website is found.
public struct KubeletCertificateNameBounds: Sendable {
    /// nil where the operator has named the addresses himself.
    private let networks: [IPNetwork]?
    /// nil where the operator has named the names himself.
    private let suffixes: [String]?
    private let reserved: ReservedNames
    private let holders: [Key: [String]]

    /// What two Nodes must not share.
    private enum Key: Hashable {
        case name(String)
        case address(IPAddress)
    }

    /// - Parameters:
    ///   - allowedNetworks: `--allow-cidr`, where Nodes may have addresses.
    ///   - allowedSuffixes: `--allow-dns-suffix`: a name must lie below one, such as `node-1.example` below `example`;
    ///     a dot in front makes no difference.
    ///   - nodes: all of the cluster, also those that no certificate is made for.
    public init(
        allowedNetworks: [IPNetwork], allowedSuffixes: [String], nodes: [KubeletNode], reserved: ReservedNames
    ) {
        self.init(networks: allowedNetworks, suffixes: allowedSuffixes, nodes: nodes, reserved: reserved)
    }

    /// For one Node that the operator describes, with no cluster to ask. What he names is allowed, within `limits` where
    /// he gives any; what shows without a cluster to be an API server's, a Service's or the local host's is refused.
    public init(described node: KubeletNode, limits: KubeletCertificateNameLimits) {
        self.init(
            networks: limits.networks.isEmpty ? nil : limits.networks,
            suffixes: limits.suffixes.isEmpty ? nil : limits.suffixes, nodes: [node],
            reserved: ReservedNames(
                services: [], endpoints: [:], server: nil, controlPlaneNodes: limits.controlPlaneNodes,
                reserved: limits.reserved))
    }

    private init(networks: [IPNetwork]?, suffixes: [String]?, nodes: [KubeletNode], reserved: ReservedNames) {
        self.networks = networks
        self.suffixes = suffixes?.map { "." + Self.folded($0).drop { $0 == "." } }.filter { $0 != "." }
        self.reserved = reserved
        var holders: [Key: [String]] = [:]
        for node in nodes {
            for key in Set(node.addresses.map { Self.key($0.value) } + [Self.key(node.name)]) {
                // Two are enough to know whether another Node has it.
                if holders[key, default: []].count < 2 { holders[key, default: []].append(node.name) }
            }
        }
        self.holders = holders
    }

    /// Why a certificate of `node` must not carry `names`: a sentence each, none where it may.
    public func objections(to names: [SubjectAlternativeName], of node: KubeletNode) -> [String] {
        guard !names.isEmpty else { return ["it names neither an address nor a DNS name"] }
        let own = Set(node.addresses.map { Self.key($0.value) })
        let gaps = reserved.gap.map { [$0] } ?? []
        return gaps
            + names.flatMap { name in
                switch name {
                case .ip(let bytes): objections(to: bytes, named: name.description, own, node)
                case .dns(let text): objections(to: text, own, node)
                case .other(let text): ["\(text.quotedLine) is neither an address nor a DNS name"]
                }
            }
    }

    private func objections(
        to bytes: [UInt8], named text: String, _ own: Set<Key>, _ node: KubeletNode
    ) -> [String] {
        guard let address = IPAddress(bytes) else { return ["\(text) is no IP address"] }
        var found: [String] = []
        if !own.contains(.address(address)) { found.append("\(text) is no address of Node \(node.name)") }
        let isNamed = networks?.contains { $0.isAddress && $0.contains(address) } ?? false
        if let reason = reserved.objection(to: address, of: node.name, isNamed: isNamed) {
            found.append("\(text) \(reason)")
        }
        found += held(.address(address), text, node)
        if let networks, !networks.contains(where: { $0.contains(address) }) {
            found.append(
                networks.isEmpty
                    ? "\(text) is in no allowed network: say where Nodes are with --allow-cidr"
                    : "\(text) is outside --allow-cidr")
        }
        return found
    }

    private func objections(to text: String, _ own: Set<Key>, _ node: KubeletNode) -> [String] {
        guard case .dns(let parsed)? = try? SubjectAlternativeName.parse(text), !parsed.contains("*") else {
            return ["\(text.quotedLine) is no host's DNS name"]
        }
        let name = Self.folded(parsed)
        var found: [String] = []
        if !own.contains(.name(name)) { found.append("\(text) is no address of Node \(node.name)") }
        if let reason = reserved.objection(to: name, of: node.name) { found.append("\(text) \(reason)") }
        found += held(.name(name), text, node)
        guard let suffixes else { return found }
        let isOwnName = name == Self.folded(node.name)
        if isOwnName && !name.contains(".") || suffixes.contains(where: { name.hasSuffix($0) }) { return found }
        let advice = "say under what domain Nodes are with --allow-dns-suffix"
        switch (suffixes.isEmpty, isOwnName) {
        case (false, _): found.append("\(text) is outside --allow-dns-suffix")
        case (true, true): found.append("\(text) is in no allowed domain: \(advice)")
        case (true, false): found.append("\(text) is not the Node's own name: \(advice)")
        }
        return found
    }

    private func held(_ key: Key, _ text: String, _ node: KubeletNode) -> [String] {
        (holders[key] ?? []).filter { $0 != node.name }.prefix(1).map { "\(text) belongs to Node \($0) too" }
    }

    private static func key(_ text: String) -> Key { IPAddress(text).map { .address($0) } ?? .name(folded(text)) }

    /// DNS names are compared without case, and without the dot at the end that makes them absolute.
    static func folded(_ name: String) -> String {
        let lower = name.lowercased()
        return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }
}
