// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import KubernetesClient

/// What an Available condition that is not True says (kube-aggregator, remote_available_controller.go).
struct AvailableCondition {
    private let reason: String
    private let message: String
    private let clusterIP: String?
    private let backends: [String]

    init(_ condition: JSONValue, _ evidence: Evidence) {
        clusterIP = evidence.service.object?["spec"]["clusterIP"].string
        backends = (evidence.endpoints.object?["subsets"].array ?? []).flatMap { $0["addresses"].array ?? [] }
            .compactMap { $0["ip"].string }
        reason = (condition["reason"].string ?? "").escapingControls
        message = (condition["message"].string ?? "").escapingControls
    }

    var finding: Finding {
        let text = "\(reason): \(message)"
        switch reason {
        // What is true of the Service at this moment, another check says.
        case "ServiceNotFound": return Finding(.serviceMissing, text, patience: Catalogue.probeInterval)
        case "ServicePortError": return Finding(.servicePortMismatch, text, patience: Catalogue.probeInterval)
        case "EndpointsNotFound": return Finding(.endpointsMissing, text)
        case "MissingEndpoints": return Finding(.noReadyAddresses, text)
        case "FailedDiscoveryCheck": return discovery(text)
        default: return Finding(.conditionOther, text)
        }
    }

    /// The order matters: a message may quote a URL, and proxies speak of refused connections too.
    private func discovery(_ text: String) -> Finding {
        if message.contains("proxyconnect") || message.contains("Proxy Error") || message.hasSuffix(": Forbidden") {
            return Finding(.proxyInBetween, text)
        }
        if message.contains("No agent available") { return Finding(.noTunnelAgent, text) }
        if message.contains("x509:") || message.contains("tls:") { return Finding(.backendNotTrusted, text) }
        if message.contains("bad status") || message.contains("status code") {
            if message.hasSuffix(": 401") {
                return Finding(
                    .clientCertificateRejected,
                    "the backend rejects kube-apiserver's client certificate (\(message)): not signed by the published CA, "
                        + "not of an allowed name, or outside its dates")
            }
            if message.hasSuffix(": 403") {
                return Finding(
                    .noClientCertificate, "kube-apiserver's calls arrive as system:anonymous (\(message))")
            }
            return Finding(.backendBadStatus, text)
        }
        if message.contains("connection refused") { return Finding(.backendRefuses, text) }
        if message.contains("no route to host") || message.contains("network is unreachable") {
            return Finding(.backendNoRoute, text, hint: hint)
        }
        if message.contains("deadline exceeded") || message.contains("i/o timeout") || message.contains("timed out")
            || message.contains("Client.Timeout")
        {
            return Finding(.backendTimesOut, text, hint: hint)
        }
        return Finding(.conditionOther, text)
    }

    /// What lets a host without kube-proxy dial pods themselves.
    static let routing =
        "kbootstrap apiserver-flags apply --restart   # on each control-plane host: --enable-aggregator-routing=true dials pods"

    /// By the address that was dialled (failure catalogue: a ClusterIP without routing, a pod's with it).
    private var hint: String? {
        guard let host = message.firstMatch(of: /https:\/\/(\[[^\]]+\]|[^:\/]+):/).map({ String($0.output.1) }) else {
            return nil
        }
        let address = host.filter { !"[]".contains($0) }
        if address == clusterIP { return Self.routing }
        guard backends.contains(address) else { return nil }
        return
            "ip route get \(ShellWord.quoted(address))   # on the control-plane host: is there a way to the pod network, "
            + "and does no firewall or NetworkPolicy drop the port?"
    }
}
