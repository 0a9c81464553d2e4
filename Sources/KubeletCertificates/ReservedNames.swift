// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// What no kubelet's certificate may name, whatever its Node says: API servers and Services.
public struct ReservedNames: Sendable {
    /// The Nodes that run an API server: the operator says so, and they alone may carry its address.
    let controlPlaneNodes: Set<String>
    private let apiServerAddresses: Set<IPAddress>
    private let apiServerHost: String?
    private let clusterAddresses: [IPAddress: String]
    private let serviceNames: Set<String>

    /// - Parameters:
    ///   - services: every Service of the cluster, for its ClusterIPs and short names.
    ///   - endpoints: the Endpoints default/kubernetes, which hold the API servers' addresses.
    ///   - server: the URL by which the API server is called, which may lead to a load balancer.
    ///   - controlPlaneNodes: Nodes on whose host an API server runs. They may carry its addresses, and the host of
    ///     `server`; its names `kubernetes…` never.
    public init(services: [JSONValue], endpoints: JSONValue, server: String?, controlPlaneNodes: Set<String> = []) {
        self.controlPlaneNodes = controlPlaneNodes
        let subsets = endpoints["subsets"].array ?? []
        let listed = subsets.flatMap { ($0["addresses"].array ?? []) + ($0["notReadyAddresses"].array ?? []) }
            .compactMap { $0["ip"].string }
        let host = server.flatMap(Self.host)
        apiServerAddresses = Set((listed + (host.map { [$0] } ?? [])).compactMap { IPAddress($0) })
        apiServerHost = host.map { ServingNameBounds.folded($0) }
        var addresses: [IPAddress: String] = [:]
        var names: Set<String> = []
        for service in services {
            let title = "\(service["metadata"]["namespace"].string ?? "")/\(service.name ?? "")"
            let texts = (service["spec"]["clusterIPs"].array ?? []) + [service["spec"]["clusterIP"]]
            for address in texts.compactMap({ $0.string.flatMap { IPAddress($0) } }) { addresses[address] = title }
            names.insert(
                ServingNameBounds.folded(
                    "\(service.name ?? "").\(service["metadata"]["namespace"].string ?? "")"))
        }
        clusterAddresses = addresses
        serviceNames = names
    }

    /// Reads what is reserved from the cluster.
    ///
    /// - Throws: `APIError`, also where there are no Endpoints default/kubernetes: without them an API server's address
    ///   could not be told from a Node's.
    public static func of(
        _ client: APIClient, _ connection: ClusterConnection, controlPlaneNodes: Set<String> = []
    ) async throws(APIError) -> ReservedNames {
        let endpoints = try await client.get(ObjectReference(.endpoints, namespace: "default", name: "kubernetes"))
        let services = try await client.list(.services).items
        return ReservedNames(
            services: services, endpoints: endpoints, server: connection.server, controlPlaneNodes: controlPlaneNodes)
    }

    func objection(to address: IPAddress, of node: String) -> String? {
        if let what = address.speciality { return "is \(what)" }
        if let service = clusterAddresses[address] { return "is the ClusterIP of Service \(service)" }
        if apiServerAddresses.contains(address), !controlPlaneNodes.contains(node) {
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
        if serviceNames.contains(name) { return "is the short name of a Service" }
        if labels.last == "localhost" || name == "localhost.localdomain" { return "is the local host's name" }
        if name == apiServerHost, !controlPlaneNodes.contains(node) {
            return "is the name that the API server is called by "
                + "(--control-plane-node \(node), if one runs on that Node's host)"
        }
        return nil
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
