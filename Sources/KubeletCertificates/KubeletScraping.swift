// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// How a metrics-server goes to kubelets: what its arguments say, or what it does without.
public struct KubeletScraping: Sendable, Equatable {
    /// The order in which it looks for an address to dial.
    public let addressTypes: [String]
    /// nil for the one that each Node's status names.
    public let port: Int?
    /// The file in its container with the CA that it trusts for kubelets, which nobody sees from here; nil for the
    /// cluster's.
    public let authorityFile: String?
    /// false where it speaks plain HTTP to kubelets.
    public let usesTLS: Bool
    /// false where it takes whatever certificate a kubelet has.
    public let verifies: Bool
    /// The labels of the Nodes that it scrapes; nil for all.
    public let nodeSelector: String?

    /// As upstream's manifest has it.
    public static let usual = KubeletScraping(arguments: [
        "--kubelet-preferred-address-types=\(KubeletNode.preferredTypes.joined(separator: ","))",
        "--kubelet-use-node-status-port",
    ])

    /// - Parameter arguments: metrics-server's, each as `--NAME` or `--NAME=VALUE`.
    public init(arguments: [String]) {
        var values: [String: [String]] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            values[parts[0], default: []].append(parts.count > 1 ? parts[1] : "true")
        }
        func last(_ name: String) -> String? { values[name]?.last.flatMap { $0.isEmpty ? nil : $0 } }
        func isOn(_ name: String) -> Bool { ["true", "1", "t"].contains(last(name)?.lowercased()) }

        let types = (values["--kubelet-preferred-address-types"] ?? []).flatMap { $0.split(separator: ",") }
        // Upstream's own order (metrics-server, pkg/utils/address_resolver.go).
        addressTypes =
            types.isEmpty
            ? ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"] : types.map(String.init)
        port = isOn("--kubelet-use-node-status-port") ? nil : last("--kubelet-port").flatMap { Int($0) } ?? 10250
        authorityFile = last("--kubelet-certificate-authority")
        usesTLS = !isOn("--deprecated-kubelet-completely-insecure")
        verifies = usesTLS && !isOn("--kubelet-insecure-tls")
        nodeSelector = last("--node-selector")
    }

    /// - Parameter deployment: metrics-server's.
    /// - Returns: nil where it has no container.
    public init?(deployment: JSONValue) {
        let containers = deployment["spec"]["template"]["spec"]["containers"].array ?? []
        let named = containers.first { $0["name"].string == "metrics-server" }
        guard let container = named ?? containers.first else { return nil }
        let words = (container["command"].array ?? []) + (container["args"].array ?? [])
        self.init(arguments: words.compactMap(\.string).filter { $0.hasPrefix("--") })
    }
}
