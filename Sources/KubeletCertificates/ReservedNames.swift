// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
public import PKI

/// What no kubelet's certificate may name, whatever its Node says: API servers and Services.
public struct ReservedNames: Sendable {
    /// The Nodes that run an API server: the operator says so, and they alone may carry its address.
    let controlPlaneNodes: Set<String>
    private let apiServerAddresses: Set<IPAddress>
    private let apiServerHost: String?
    private let services: ServiceNames
    private let serverNames: NameSet
    private let reserved: NameSet
    /// Why nothing may be approved; nil where all is known that is reserved.
    let gap: String?

    /// - Parameters:
    ///   - services: every Service of the cluster, for its addresses and names.
    ///   - endpoints: the Endpoints default/kubernetes, which hold the API servers' addresses.
    ///   - server: the URL by which the API server is called, which may lead to a load balancer.
    ///   - serverNames: what the API servers' own certificates name; nil where that is not known, and so nothing is
    ///     allowed unless `reserved` says it.
    ///   - controlPlaneNodes: Nodes on whose host an API server runs. They may carry its addresses, the host of `server`
    ///     and what its certificate names; its names `kubernetes…` never.
    ///   - reserved: what the operator reserves, whosever Node it is.
    public init(
        services: [JSONValue], endpoints: JSONValue, server: String?, serverNames: [SubjectAlternativeName]? = [],
        controlPlaneNodes: Set<String> = [], reserved: [SubjectAlternativeName] = []
    ) {
        self.controlPlaneNodes = controlPlaneNodes
        self.serverNames = NameSet(serverNames ?? [])
        self.reserved = NameSet(reserved)
        gap =
            serverNames == nil && reserved.isEmpty
            ? "the API server's certificate, which tells its names, cannot be seen: name its load balancer with --reserve"
            : nil
        let subsets = endpoints["subsets"].array ?? []
        let listed = subsets.flatMap { ($0["addresses"].array ?? []) + ($0["notReadyAddresses"].array ?? []) }
            .compactMap { $0["ip"].string }
        let host = server.flatMap(Self.host)
        apiServerAddresses = Set((listed + (host.map { [$0] } ?? [])).compactMap { IPAddress($0) })
        apiServerHost = host.map { KubeletCertificateNameBounds.folded($0) }
        self.services = ServiceNames(services)
    }

    /// Reads what is reserved from the cluster.
    ///
    /// - Throws: `APIError`, also where there are no Endpoints default/kubernetes: without them an API server's address
    ///   could not be told from a Node's.
    public static func of(
        _ client: APIClient, _ connection: ClusterConnection, limits: KubeletCertificateNameLimits
    ) async throws(APIError) -> ReservedNames {
        let endpoints = try await client.get(ObjectReference(.endpoints, namespace: "default", name: "kubernetes"))
        // Not from the API server's cache, which may not know the Service yet whose address a node claims.
        let services = try await client.list(.services, ignoring: ResourceType.bulk, keeping: ServiceNames.kept).items
        return ReservedNames(
            services: services, endpoints: endpoints, server: connection.server,
            serverNames: await APIServerCertificates.names(client, connection, endpoints),
            controlPlaneNodes: limits.controlPlaneNodes, reserved: limits.reserved)
    }

    /// - Parameter isNamed: whether the operator allows this very address, and not only a network around it.
    func objection(to address: IPAddress, of node: String, isNamed: Bool) -> String? {
        if let what = address.speciality { return "is \(what)" }
        if let what = services.objection(to: address, isNamed: isNamed) { return what }
        if reserved.contains(address) { return "is reserved by --reserve" }
        if apiServerAddresses.contains(address) || serverNames.contains(address), !controlPlaneNodes.contains(node) {
            return "is an API server's address (--control-plane-node \(node), if one runs on that Node's host)"
        }
        return nil
    }

    /// - Parameter name: folded.
    func objection(to name: String, of node: String) -> String? {
        let labels = name.split(separator: ".")
        if name == "kubernetes" || name == "kubernetes.default" || name.hasPrefix("kubernetes.default.") {
            return "is the API server's name inside the cluster"
        }
        // The cluster's domain is known to kubelets and DNS only: whatever follows `svc` may be it.
        if labels.dropFirst().contains("svc") { return "is the name of a Service" }
        if let what = services.objection(to: name) { return what }
        if labels.last == "localhost" || name == "localhost.localdomain" { return "is the local host's name" }
        if reserved.contains(name) { return "is reserved by --reserve" }
        let what =
            name == apiServerHost
            ? "is the name that the API server is called by"
            : serverNames.contains(name) ? "is in an API server's certificate" : nil
        guard let what, !controlPlaneNodes.contains(node) else { return nil }
        return "\(what) (--control-plane-node \(node), if one runs on that Node's host)"
    }

    /// The host of a URL, without the brackets of an IPv6 address.
    private static func host(_ url: String) -> String? {
        let rest = url.split(separator: "://", maxSplits: 1).last ?? ""
        let authority = rest.prefix { !"/?#".contains($0) }.split(separator: "@").last ?? ""
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        let host = authority.prefix { $0 != ":" }
        return host.isEmpty ? nil : String(host)
    }
}
