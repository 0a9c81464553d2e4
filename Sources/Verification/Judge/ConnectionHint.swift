// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import Core
internal import KubernetesClient

/// What to do about a connection that fails, by what was dialled and by kube-apiserver's words.
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
        case .backendNotTrusted: byCertificate(message)
        case .handshakeRefused: byDeployment
        case .connectionClosed: bySidecar
        case .clientCertificateRejected:
            bySidecar
                ?? .advice(
                    "what answers takes client certificates of its own CA only, as a mesh's proxy does: exclude the "
                        + "backend's port from the mesh, or have the backend trust the requestheader CA")
        default: nil
        }
    }

    // MARK: Where it was dialled

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
        return .fix(
            "kbootstrap apiserver-flags apply --restart\(.frontProxyFiles)",
            "on each control-plane host: --enable-aggregator-routing=true dials pods; or give the Service a ClusterIP")
    }

    // MARK: What it shows

    /// crypto/x509's words (verify.go: CertificateInvalidError, HostnameError, UnknownAuthorityError).
    private func byCertificate(_ message: String) -> Hint? {
        if message.contains("has expired or is not yet valid") {
            return evidence.isMetrics
                ? .fix(
                    "\(.installMetrics) --renew-serving-cert",
                    "the backend's certificate is outside its dates; if it was not due, check the clock: date")
                : .advice(
                    "renew the backend's serving certificate, which is outside its dates; if it was not due, check "
                        + "the clock of kube-apiserver's host")
        }
        let otherName = [
            "is valid for", "not valid for any names", "relies on legacy Common Name", "not valid for this",
        ]
        if otherName.contains(where: { message.contains($0) }), let target = ServiceTarget(evidence) {
            let name = "\(target.name).\(target.namespace).svc".inOneLine
            return evidence.isMetrics
                ? .fix("\(.installMetrics)", "serves with a certificate for \(name)")
                : .advice("give the backend a serving certificate whose DNS names include \(name)")
        }
        // The same backend verifies here, by the same CA.
        if (evidence.minor ?? 0) < 36, verifiesFromHere {
            return .advice(
                "restart kube-apiserver on each control-plane host: before 1.36 it may keep to a server that it "
                    + "reached once, and this backend's certificate verifies (k/k#135883)")
        }
        guard evidence.isMetrics,
            evidence.deployment?["metadata"]["annotations"]["meta.helm.sh/release-name"].string != nil
        else { return nil }
        return .fix(
            "\(.installMetrics) --serving-cert-only",
            "leaves the rest to Helm; or set the chart's apiService.insecureSkipTLSVerify or tls.type, without --reuse-values"
        )
    }

    private var verifiesFromHere: Bool {
        evidence[.apiService].object?["spec"]["insecureSkipTLSVerify"].bool != true
            && evidence.unknownUsers.contains { !$0.isClusterIP && $0.answer.code != nil }
    }

    private var byDeployment: Hint? {
        guard evidence.deployment != nil else { return nil }
        return .look(
            "kubectl -n \(.namespace) get deployment \(.deployment) -o yaml",
            "compare --tls-cipher-suites and --tls-min-version with kube-apiserver's")
    }

    // MARK: Who is in between

    /// Sidecars of meshes, and the annotation of a pod that keeps a port out of each.
    private static let meshes = [
        "istio-proxy": "traffic.sidecar.istio.io/excludeInboundPorts",
        "linkerd-proxy": "config.linkerd.io/skip-inbound-ports",
        "kuma-sidecar": "traffic.kuma.io/exclude-inbound-ports",
    ]

    private var bySidecar: Hint? {
        guard let port = BackendAddresses(evidence)?.ready.first?.ports.first?.number, evidence.deployment != nil else {
            return nil
        }
        for pod in evidence.stayingPods ?? [] {
            let spec = pod["spec"]
            let containers = (spec["containers"].array ?? []) + (spec["initContainers"].array ?? [])
            for name in containers.compactMap({ $0["name"].string }) {
                guard let annotation = Self.meshes[name] else { continue }
                let patch = "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"\(annotation)\":\"\(port)\"}}}}}"
                return .fix(
                    "kubectl -n \(.namespace) patch deployment \(.deployment) --type=merge -p \(patch)",
                    "keeps port \(port) out of the mesh (\(name))")
            }
        }
        return nil
    }
}
