// SPDX-License-Identifier: Apache-2.0

internal import Core

extension LaunchLint {
    /// What depends on where kube-apiserver runs: its routes and its proxy variables.
    func hostFindings() -> [LaunchFinding] { routingFindings() + proxyFindings() }

    private func routingFindings() -> [LaunchFinding] {
        // kubeadm, k3s and rke2 bring kube-proxy to control planes; a static pod is mostly kubeadm's.
        guard file.format == .systemd || file.format == .args,
            !dialsPods, !hasKubeProxy
        else { return [] }
        let flag = flags.all("enable-aggregator-routing").last
        return [
            finding(
                .aggregatorRoutingNeeded, .warning, at: flag,
                "there is no kube-proxy on this host, so ClusterIPs lead nowhere from here: kube-apiserver must dial pods",
                hint: .advice("--enable-aggregator-routing=true, and a route to the pod network"))
        ]
    }

    private var dialsPods: Bool { flags.value("enable-aggregator-routing").flatMap { FlagParser.truths[$0] } ?? false }

    private var hasKubeProxy: Bool {
        let folders = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/system"]
        if folders.contains(where: { host.exists("\($0)/kube-proxy.service") }) { return true }
        return host.names(in: "/proc").filter { $0.allSatisfy(\.isNumber) }.contains { pid in
            guard let name = host.readProcess("/proc/\(pid)/comm") else { return false }
            let command = String(decoding: name, as: UTF8.self)
            return Self.leadToClusterIPs.contains { command.hasPrefix($0) }
        }
    }

    /// Programs that make ClusterIPs lead somewhere, as /proc names them: kube-proxy, what has it inside, what replaces it.
    private static let leadToClusterIPs = [
        "kube-proxy", "k3s", "rke2", "kubelite", "cilium-agent", "kube-router", "antrea-agent", "kpng", "ovnkube",
        "calico-node",
    ]

    private func proxyFindings() -> [LaunchFinding] {
        // The first that is not empty counts, and Go asks for no ALL_PROXY (golang.org/x/net/http/httpproxy).
        func variable(_ names: String...) -> LaunchVariable? {
            names.lazy.compactMap { name in file.variables.last { $0.name == name && !$0.value.isEmpty } }.first
        }
        guard let proxy = variable("HTTPS_PROXY", "https_proxy") else { return [] }
        let exceptions = (variable("NO_PROXY", "no_proxy")?.value ?? "").split(separator: ",")
            .map { $0.filter { !$0.isWhitespace } }
        guard !exceptions.contains("*") else { return [] }
        let services = flags.value("service-cluster-ip-range")?.split(separator: ",").map(String.init) ?? []
        let uncovered = services.filter { !NoProxy.covers($0, exceptions) }
        // The pod network is not known here: a network that is not the services', or one that is wide, counts for it.
        let hasPods =
            !dialsPods
            || exceptions.contains { exception in
                NoProxy.isWide(exception)
                    || (NoProxy.isNetwork(exception) && !services.contains { NoProxy.covers($0, [exception]) })
            }
        guard !uncovered.isEmpty || !hasPods else { return [] }
        let wanted = uncovered + (hasPods ? [] : ["the pod network"]) + [".svc"]
        return [
            LaunchFinding(
                .proxyVariables, .failure, at: proxy.place, text: proxy.name,
                "\(proxy.name) sends kube-apiserver's calls to aggregated servers through a proxy: "
                    + "NO_PROXY lacks \(wanted.dropLast().joined(separator: " and "))",
                hint: .advice(
                    "NO_PROXY=\((exceptions + wanted.filter { !exceptions.contains($0) }).joined(separator: ","))"))
        ]
    }
}

/// NO_PROXY as Go reads it (golang.org/x/net/http/httpproxy), as far as networks go.
enum NoProxy {
    static func isNetwork(_ text: String) -> Bool { network(text) != nil }

    /// A network of more than 65,536 addresses: wider than what services are given.
    static func isWide(_ text: String) -> Bool { network(text).map { $0.bits < 16 } ?? false }

    /// Whether one of the exceptions holds the whole network.
    static func covers(_ wanted: String, _ exceptions: [String]) -> Bool {
        guard let inner = network(wanted) else { return exceptions.contains(wanted) }
        return exceptions.compactMap(network).contains { outer in
            outer.bits <= inner.bits && outer.address.count == inner.address.count
                && samePrefix(outer.address, inner.address, bits: outer.bits)
        }
    }

    private static func network(_ text: String) -> (address: [UInt8], bits: Int)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let bits = Int(parts[1]), let address = NetworkAddress.bytes(String(parts[0])),
            (0...address.count * 8).contains(bits)
        else { return nil }
        return (address, bits)
    }

    private static func samePrefix(_ a: [UInt8], _ b: [UInt8], bits: Int) -> Bool {
        for index in 0..<bits where a[index / 8] >> (7 - index % 8) & 1 != b[index / 8] >> (7 - index % 8) & 1 {
            return false
        }
        return true
    }
}
