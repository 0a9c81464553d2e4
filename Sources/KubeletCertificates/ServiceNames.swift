// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// The addresses and names by which callers find Services. A kubelet with a certificate for one could answer in the
/// Service's place.
struct ServiceNames: Sendable {
    private let clusterAddresses: [IPAddress: String]
    /// Addresses outside of the cluster's own network: a Node can have the same, where a Service is reached at Nodes.
    private let outerAddresses: [IPAddress: String]
    /// Folded; `name` as pods of the same namespace call it, `name.namespace`, and what a load balancer is called.
    private let names: [String: String]

    init(_ services: [JSONValue]) {
        var (inner, outer): ([IPAddress: String], [IPAddress: String]) = ([:], [:])
        var names: [String: String] = [:]
        for service in services {
            let spec = service["spec"]
            let (name, namespace) = (service.name ?? "", service["metadata"]["namespace"].string ?? "")
            let title = "\(namespace)/\(name)".singleLine
            let ingress = service["status"]["loadBalancer"]["ingress"].array ?? []
            for address in Self.addresses((spec["clusterIPs"].array ?? []) + [spec["clusterIP"]]) {
                inner[address] = title
            }
            let outside = (spec["externalIPs"].array ?? []) + [spec["loadBalancerIP"]] + ingress.map { $0["ip"] }
            for address in Self.addresses(outside) { outer[address] = title }
            names[KubeletCertificateNameBounds.folded(name)] = "is the name of Service \(title) in its namespace"
            names[KubeletCertificateNameBounds.folded("\(name).\(namespace)")] = "is the short name of Service \(title)"
            for host in ingress.compactMap({ $0["hostname"].string }) + [spec["externalName"].string ?? ""] {
                names[KubeletCertificateNameBounds.folded(host)] = "is the host of Service \(title)"
            }
        }
        clusterAddresses = inner
        outerAddresses = outer
        self.names = names
    }

    private static func addresses(_ values: [JSONValue]) -> [IPAddress] {
        values.compactMap { $0.string.flatMap { IPAddress($0) } }
    }

    /// What is looked at of a Service.
    static func kept(_ service: JSONValue) -> JSONValue {
        var kept: JSONValue = ["metadata": [:], "spec": [:]]
        for field in ["namespace", "name"] { kept["metadata"][field] = service["metadata"][field] }
        for field in ["clusterIP", "clusterIPs", "externalIPs", "loadBalancerIP", "externalName"] {
            kept["spec"][field] = service["spec"][field]
        }
        kept["status"] = ["loadBalancer": ["ingress": service["status"]["loadBalancer"]["ingress"]]]
        return kept
    }

    /// - Parameter isNamed: whether the operator allows this very address.
    func objection(to address: IPAddress, isNamed: Bool) -> String? {
        if let service = clusterAddresses[address] { return "is the ClusterIP of Service \(service)" }
        guard !isNamed, let service = outerAddresses[address] else { return nil }
        return "is an external address of Service \(service) (--allow-cidr with this very address, if it is the Node's)"
    }

    /// - Parameter name: folded.
    func objection(to name: String) -> String? { names[name] }
}
