// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// The addresses behind the Service as this server's aggregator reads them: of EndpointSlices, or of Endpoints.
struct BackendAddresses: Sendable {
    struct Address: Sendable, Equatable {
        let ip: String
        let isReady: Bool
        /// The pod that it is of; nil where none is named.
        let pod: String?
        /// Names and numbers of the ports of its group.
        let ports: [Port]
    }

    struct Port: Sendable, Equatable {
        let name: String
        let number: Int
    }

    let all: [Address]
    var ready: [Address] { all.filter(\.isReady) }

    /// nil where they could not be read, or were not asked for.
    init?(_ evidence: Evidence) {
        if let slices = evidence[.endpointSlices].object {
            self.init(slices: slices.items)
        } else if let endpoints = evidence[.endpoints].object {
            self.init(endpoints: endpoints)
        } else {
            return nil
        }
    }

    init(slices: [JSONValue]) {
        all = slices.flatMap { slice -> [Address] in
            let ports = Self.ports(slice["ports"])
            return (slice["endpoints"].array ?? []).flatMap { endpoint -> [Address] in
                // A server that does not say is taken to be ready (discovery/v1, EndpointConditions).
                let isReady = endpoint["conditions"]["ready"].bool ?? true
                let pod = endpoint["targetRef"]["kind"].string == "Pod" ? endpoint["targetRef"]["name"].string : nil
                return (endpoint["addresses"].array ?? []).compactMap(\.string).map {
                    Address(ip: $0, isReady: isReady, pod: pod, ports: ports)
                }
            }
        }
    }

    init(endpoints: JSONValue) {
        all = (endpoints["subsets"].array ?? []).flatMap { subset -> [Address] in
            let ports = Self.ports(subset["ports"])
            func addresses(_ key: String, isReady: Bool) -> [Address] {
                (subset[key].array ?? []).compactMap { address in
                    let pod = address["targetRef"]["kind"].string == "Pod" ? address["targetRef"]["name"].string : nil
                    return address["ip"].string.map { Address(ip: $0, isReady: isReady, pod: pod, ports: ports) }
                }
            }
            return addresses("addresses", isReady: true) + addresses("notReadyAddresses", isReady: false)
        }
    }

    /// A port that cannot be dialled is none.
    private static func ports(_ ports: JSONValue) -> [Port] {
        (ports.array ?? []).compactMap { port in
            guard let number = port["port"].int, (1...65535).contains(number) else { return nil }
            return Port(name: port["name"].string ?? "", number: Int(number))
        }
    }
}
