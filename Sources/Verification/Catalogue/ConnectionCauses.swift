// SPDX-License-Identifier: Apache-2.0

internal import Core

/// The connection between kube-apiserver and the backend, in kube-apiserver's own words. The order matters: a message
/// may quote a URL, and a proxy speaks of refused connections too.
extension Catalogue {
    private static let broken = Set<FailureCode>.unavailable.and(.noMetrics)
    private static let reached: Set<Claim.Name> = [.discoveryAnswers]
    /// What ends new connections ends those that were open.
    private static let unopened = broken.and([.connectionClosed, .connectionLost])

    static let connection = [
        Cause(
            .noTunnelAgent, "kube-apiserver dials through a tunnel (konnectivity) that has no agent.",
            fix: .look("kubectl -n kube-system get pods -l k8s-app=konnectivity-agent"), patience: probeInterval,
            seen: "condition: No agent available", reference: "k0s#5809, k0s#5503",
            signatures: [Signature(.connection, ["No agent available"])], explains: broken, contradictedBy: reached),
        Cause(
            .addressNotAllowed, "The control plane refuses to dial the pod's address: it allows others only.",
            fix: .advice(
                "run the backend with hostNetwork, or add the pod network to the addresses that the control plane allows"
            ),
            patience: probeInterval, seen: "condition: Address is not allowed", reference: "keda#3778",
            signatures: [Signature(.connection, ["Address is not allowed", "is not allowed: address"])],
            explains: broken, contradictedBy: reached),
        Cause(
            .tunnelFails, "kube-apiserver dials through a tunnel that does not reach the backend.",
            fix: .look(
                "kubectl get pods -A -o wide", "do the tunnel's agents run (konnectivity, or the k3s and rke2 agents)?"),
            patience: probeInterval,
            seen:
                "condition: proxy error from … while dialing, dial timeout, backstop, or a missing konnectivity socket",
            reference: "rke2, konnectivity",
            signatures: [
                Signature(
                    .connection,
                    [
                        "while dialing", "backstop", "konnectivity", "tunnel", "dial unix",
                        "failed to find Session for client",
                    ])
            ],
            explains: broken, contradictedBy: reached),
        Cause(
            .proxyInBetween, "kube-apiserver dials through an HTTP proxy from its environment.",
            fix: .advice(
                "add the Service and pod networks and .svc to NO_PROXY in kube-apiserver's environment, and restart it"),
            patience: probeInterval, seen: "condition: FailedDiscoveryCheck … proxyconnect, or Forbidden",
            reference: "ms#543, ms#448, ms#131",
            signatures: [Signature(.connection, ["proxyconnect", "Proxy Error", "\": Forbidden"])], explains: broken,
            contradictedBy: reached),
        Cause(
            .serviceTypeUnroutable, "kube-apiserver cannot dial a Service of this type.",
            fix: .advice("give the Service a ClusterIP, or change --enable-aggregator-routing"),
            patience: probeInterval,
            seen:
                "condition: unsupported service type \"ExternalName\", or cannot route to service with ClusterIP \"None\"",
            reference: "karmada#1214, k3s#7817, k/k#77018",
            signatures: [
                Signature(.connection, ["unsupported service type", "cannot route to service", "no service port"])
            ],
            explains: broken, contradictedBy: reached),
        Cause(
            .backendSpeaksPlainHTTP,
            "The backend speaks no TLS, which kube-apiserver expects: plain HTTP, or another protocol.",
            fix: .look(
                "kubectl -n \(.namespace) get service \(.service) -o yaml", "is targetPort the backend's TLS port?"),
            patience: probeInterval,
            seen: "http: server gave HTTP response to HTTPS client; first record does not look like a TLS handshake",
            reference: "dashboard#8014",
            signatures: [
                Signature(
                    .connection,
                    [
                        "server gave HTTP response to HTTPS client", "first record does not look like a TLS handshake",
                        "does not speak TLS",
                    ])
            ],
            explains: unopened, contradictedBy: reached),
        Cause(
            .backendNotTrusted, "The backend's serving certificate does not verify against the APIService's caBundle.",
            fix: .fix("\(.installMetrics)", "sets the caBundle that belongs to the certificate"),
            elsewhere: .look(
                "kubectl get apiservice \(.apiService) -o yaml", "is spec.caBundle the CA of the backend's certificate?"
            ),
            patience: probeInterval, seen: "error trying to reach service: x509: …",
            reference: "ms#544, ms#576, k/k#135883",
            signatures: [
                Signature(
                    .connection,
                    [
                        "x509:", "unable to load root certificates", "certificate does not verify",
                        "certificate is not valid for this address",
                    ])
            ],
            explains: broken.and([.conditionMissing]), contradictedBy: reached),
        Cause(
            .handshakeRefused, "The backend refuses the TLS handshake: no cipher or protocol version in common.",
            fix: .advice("compare the backend's TLS versions and cipher suites with kube-apiserver's"),
            patience: probeInterval,
            seen: "remote error: tls: handshake failure, or protocol version not supported",
            reference: "k3s#7556, ms#985",
            signatures: [
                Signature(
                    .connection, ["remote error: tls:", "tls:", "refused the TLS handshake", "no TLS 1.2 or newer"])
            ],
            explains: broken, contradictedBy: reached),
        Cause(
            .connectionLost,
            "kube-apiserver keeps a dead HTTP/2 connection to the backend; it gives it up after about 45 seconds.",
            fix: .look("kbootstrap verify", "waits; if it lasts, restart kube-apiserver"), patience: .seconds(60),
            seen: "http2: client connection lost, or GOAWAY", reference: "k/k#141318",
            signatures: [
                Signature(.connection, ["http2: client connection lost", "http2: server sent GOAWAY", "http2:"])
            ],
            explains: broken, contradictedBy: reached),
        Cause(
            .connectionClosed,
            "The connection to the backend is closed before an answer: by a service mesh or proxy in between, or by itself.",
            fix: .advice(
                "exclude the backend's port from the mesh, or allow plain connections to that port (permissive mode)"),
            patience: probeInterval, seen: "read: connection reset by peer, or EOF",
            reference: "uds-core#44, otaru#2374",
            signatures: [
                Signature(
                    .connection,
                    [
                        "reset by peer", ": EOF", "unexpected EOF", "broken pipe", "EOF during handshake",
                        "closed the connection before",
                    ])
            ],
            explains: broken, contradictedBy: reached),
        Cause(
            .backendNameNotResolved, "kube-apiserver's host cannot resolve the backend's name.",
            fix: .look("kubectl -n \(.namespace) get service \(.service) -o yaml", "is externalName right?"),
            patience: probeInterval, seen: "condition: dial tcp: lookup NAME … no such host",
            signatures: [Signature(.connection, ["dial tcp: lookup"])], explains: broken, contradictedBy: reached),
        Cause(
            .backendNoRoute, "The control-plane host has no route to the backend, or a firewall rejects it.",
            fix: .look(
                "kubectl -n \(.namespace) get pods -l \(.podSelector) -o wide",
                "then on the control-plane host: ip route get, with the pod's address"),
            patience: probeInterval, seen: "condition: FailedDiscoveryCheck … no route to host",
            reference: "ms#208, ms#424, ms#744",
            signatures: [Signature(.connection, ["no route to host", "network is unreachable"])], explains: unopened,
            contradictedBy: reached),
        Cause(
            .backendRefuses, "Nothing listens where kube-apiserver dials.",
            fix: .look(
                "kubectl -n \(.namespace) get endpointslices,pods -o wide",
                "is targetPort the port that the pod listens on?"), patience: probeInterval,
            seen: "condition: FailedDiscoveryCheck … connection refused", reference: "ms#203",
            signatures: [Signature(.connection, ["connection refused"])], explains: unopened, contradictedBy: reached),
        Cause(
            .backendTimesOut, "kube-apiserver's connections to the backend get no answer.",
            fix: .look(
                "kubectl -n \(.namespace) get networkpolicies,pods -o wide",
                "does a NetworkPolicy or a firewall drop the port, and has the control-plane host a route to the pods?"),
            patience: probeInterval,
            seen: "condition: FailedDiscoveryCheck … context deadline exceeded, i/o timeout; a request that hangs",
            reference: "k/k#55238, k/k#71649, ms#188, ms#281, ms#1154",
            signatures: [
                Signature(
                    .connection,
                    [
                        "deadline exceeded", "i/o timeout", "timed out", "Client.Timeout", "handshake timeout",
                        "connection timed out",
                    ])
            ],
            explains: unopened, contradictedBy: reached),
    ]
}
