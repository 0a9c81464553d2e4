// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import Core
internal import KubernetesClient

/// What to do about a connection that fails, by the address that was dialled (failure catalogue: a ClusterIP without
/// aggregator routing, a pod's address with it).
struct ConnectionHint {
    private let evidence: Evidence

    init(_ evidence: Evidence) { self.evidence = evidence }

    /// What lets a host without kube-proxy dial pods themselves.
    static let routing = Hint.fix(
        "kbootstrap apiserver-flags apply --restart\(.frontProxyFiles)",
        "on each control-plane host: --enable-aggregator-routing=true dials pods, which have to be routed from there")

    /// nil for the catalogue's own.
    func hint(_ code: FailureCode, _ message: String) -> Hint? {
        switch code {
        case .backendNoRoute, .backendTimesOut, .backendRefuses: byAddress(code, message)
        case .serviceTypeUnroutable: byType
        default: nil
        }
    }

    private func byAddress(_ code: FailureCode, _ message: String) -> Hint? {
        guard let host = message.firstMatch(of: /https:\/\/(\[[^\]]+\]|[^:\/]+):/).map({ String($0.output.1) }) else {
            return nil
        }
        let address = host.filter { !"[]".contains($0) }
        if address == evidence[.service].object?["spec"]["clusterIP"].string { return Self.routing }
        guard code != .backendRefuses, BackendAddresses(evidence)?.all.contains(where: { $0.ip == address }) == true
        else { return nil }
        return .look(
            "ip route get \(address)",
            "on the control-plane host: is there a way to the pods, and does no firewall or NetworkPolicy drop the port?"
        )
    }

    private var byType: Hint? {
        let service = evidence[.service].object?["spec"] ?? .null
        if service["type"].string == "ExternalName" {
            return .advice(
                "kube-apiserver cannot dial an ExternalName Service with --enable-aggregator-routing=true: "
                    + "take the flag out, or give the Service a ClusterIP and addresses")
        }
        guard service["clusterIP"].string == "None" else { return nil }
        return Self.routing
    }
}
