// SPDX-License-Identifier: Apache-2.0

internal import Core

/// Why metrics-server gets nothing from a kubelet, as its log says.
extension Catalogue {
    /// A scrape is repeated every 15 s; two of them, and some.
    private static let twoScrapes = Duration.seconds(40)
    /// metrics-server's words for a kubelet without metrics, from 0.3 on.
    static let scrapeWords = [
        "Failed to scrape node", "unable to fully scrape metrics", "unable to fetch metrics from",
    ]
    private static let inspect = Hint.look(
        "kbootstrap kubelet-certs inspect", "says what each kubelet serves, and the command that replaces it")
    private static let webhook = Hint.advice(
        "set authentication.webhook.enabled: true in the kubelet's configuration and restart the kubelet")
    private static let addressTypes = Hint.fix(
        "\(.installMetrics)", "dials InternalIP first, then ExternalIP, then Hostname")
    private static let unauthorized = ["401 Unauthorized", "status code 401", "\"401 ", "code 401"]
    private static let forbidden = ["403 Forbidden", "status code 403", "\"403 ", "code 403"]

    /// Every kubelet cause breaks the same things: metrics-server is not ready before it has scraped something.
    private static let effects = Set<FailureCode>.notReady.and(.noMetrics)

    private static func kubelet(
        _ code: FailureCode, _ title: String, fix: Hint, patience: Duration = twoScrapes, seen: String,
        reference: String = "", words: [String]...
    ) -> Cause {
        let signature =
            switch words.count {
            case 0: Signature(.scrape, scrapeWords)
            case 1: Signature(.scrape, scrapeWords, words[0])
            default: Signature(.scrape, scrapeWords, words[0], words[1])
            }
        return Cause(
            code, title, fix: fix, patience: patience, seen: seen, reference: reference, signatures: [signature],
            explains: effects, contradictedBy: [.nodesCovered])
    }

    static let kubelets = [
        kubelet(
            .kubeletCertificateWithoutAddress, "The kubelet's certificate names no IP address, and is dialled by one.",
            fix: inspect, seen: "log: cannot validate certificate for IP because it doesn't contain any IP SANs",
            reference: "ms#196, ms#1025, ms#1588", words: ["doesn't contain any IP SANs"]),
        kubelet(
            .kubeletCertificateOtherName,
            "The kubelet's certificate is for other addresses or names than the dialled one.",
            fix: inspect, seen: "log: certificate is valid for A, not B", reference: "ms#211",
            words: ["certificate is valid for", "certificate is not valid for any names", "Common Name field"]),
        kubelet(
            .kubeletCertificateExpired, "The kubelet's certificate is outside its dates.", fix: inspect,
            seen: "log: certificate has expired, of a kubelet", reference: "kubeadm#2186, k/k#62533",
            words: ["has expired or is not yet valid"]),
        kubelet(
            .kubeletNotTrusted,
            "The kubelet's certificate is not signed by the cluster's CA; by default a kubelet signs its own.",
            fix: inspect, seen: "log: certificate signed by unknown authority, of a kubelet", reference: "ms#146",
            words: ["signed by unknown authority"]),
        kubelet(
            .kubeletWithoutCertificate, "The kubelet has no serving certificate.",
            fix: inspect, seen: "log: remote error: tls: internal error", reference: "ms#1480, ms#1704, k/k#59372",
            words: ["tls: internal error"]),
        kubelet(
            .kubeletRejectsToken,
            "The kubelet answers 401: it does not check tokens, or cannot ask kube-apiserver about them.", fix: webhook,
            seen: "log: 401 Unauthorized, of a kubelet", reference: "ms#144, ms#212, ms#963", words: unauthorized),
        kubelet(
            .kubeletSeesAnonymous, "The kubelet does not check tokens, so metrics-server is system:anonymous to it.",
            fix: webhook, seen: "log: 403 Forbidden … system:anonymous", reference: "ms#95, ms#579, ms#288",
            words: forbidden, ["system:anonymous"]),
        kubelet(
            .kubeletForbids,
            "The kubelet answers 403: metrics-server lacks the right nodes/metrics, or the kubelet does not check tokens.",
            fix: .fix(
                "\(.installMetrics)",
                "grants nodes/metrics; else set authentication.webhook.enabled: true on the kubelet"),
            seen: "log: 403 Forbidden … subresource=stats or metrics", reference: "kubespray#9289, ms#1049, k0s#2398",
            words: forbidden),
        kubelet(
            .nodeNameNotResolved, "metrics-server dials the node by a name that the cluster's DNS does not know.",
            fix: addressTypes, seen: "log: lookup NODE: no such host", reference: "ms#131, ms#143, ms#153",
            words: ["no such host", "server misbehaving", "Temporary failure in name", "dial tcp: lookup"]),
        kubelet(
            .nodeWithoutAddress, "The node has no address of the types that metrics-server is told to use.",
            fix: addressTypes, seen: "log: no address matched types",
            reference: "metrics-server, pkg/utils/address_resolver.go", words: ["no address matched"]),
        kubelet(
            .kubeletSpeaksPlainHTTP, "The server on the kubelet's port speaks no TLS.",
            fix: .look(
                "kubectl get nodes -o yaml", "is kubeletEndpoint.Port the kubelet's secure port, 10250?"),
            seen: "log: server gave HTTP response to HTTPS client", words: ["HTTP response to HTTPS client"]),
        kubelet(
            .kubeletRefusesConnection, "Nothing listens on the kubelet's port at that address.",
            fix: .look("systemctl status kubelet; ss -ltn", "on the node; the port is 10250, never 10255"),
            seen: "log: dial tcp IP:10250: connection refused", words: ["connection refused"]),
        kubelet(
            .kubeletNoRoute, "There is no route from the pod to the node.",
            fix: .look("kubectl get nodes -o wide", "is INTERNAL-IP the address that pods reach?"),
            seen: "log: no route to host, of a kubelet", words: ["no route to host", "network is unreachable"]),
        kubelet(
            .kubeletTimesOut, "The kubelet does not answer in time, or a firewall drops the packets.",
            fix: .advice("open port 10250 of the nodes to the pod network"),
            seen: "log: i/o timeout, context deadline exceeded", reference: "ms#917, ms#907",
            words: [
                "i/o timeout", "deadline exceeded", "timeout to access kubelet", "Client.Timeout", "handshake timeout",
                "connection timed out",
            ]),
        kubelet(
            .kubeletAnswerUnreadable, "metrics-server cannot read the kubelet's answer: 0.6.0 and 0.6.1 could not.",
            fix: .fix("\(.installMetrics)", "a later release"), seen: "log: expected timestamp or new record",
            reference: "ms#1141, ms#983", words: ["failed parsing metrics", "expected timestamp or new record"]),
        kubelet(
            .kubeletNotScraped, "metrics-server cannot scrape the kubelet.",
            fix: .look("kubectl -n \(.namespace) logs -l \(.podSelector) --tail=50"),
            seen: "log: Failed to scrape node"),
    ]
}
