// SPDX-License-Identifier: Apache-2.0

/// Why metrics-server gets nothing from a kubelet, as its log tells.
extension Catalogue {
    /// A scrape is repeated every 15 s; two of them, and some.
    private static let twoScrapes = Duration.seconds(40)
    private static let signed =
        "kbootstrap kubelet-certs inspect   # what each kubelet serves with, and the command that gives it another"

    static let kubelets = [
        failure(
            .kubeletCertificateWithoutAddress, "The kubelet's certificate names no IP address, and is dialled by one.",
            fix: signed),
        failure(
            .kubeletCertificateOtherName,
            "The kubelet's certificate is for other addresses or names than the dialled one.",
            fix: signed),
        failure(
            .kubeletNotTrusted,
            "The kubelet's certificate is not signed by the cluster's CA; by default a kubelet signs its own.",
            fix: signed),
        failure(
            .kubeletWithoutCertificate, "The kubelet has no serving certificate: its signing request is not approved.",
            fix: "kbootstrap kubelet-certs approve --allow-cidr NETWORK   # the Nodes' network, such as 10.240.0.0/24",
            patience: twoScrapes),
        failure(
            .kubeletCertificateExpired, "The kubelet's certificate is outside its dates.",
            fix: "date; rm /var/lib/kubelet/pki/kubelet.*; systemctl restart kubelet   # on the node"),
        failure(
            .kubeletRejectsToken,
            "The kubelet takes no token, or could not ask the API server whose it is, and knows no anonymous callers: 401.",
            fix: "set authentication.webhook.enabled: true in the kubelet's configuration and restart it",
            patience: twoScrapes),
        failure(
            .kubeletSeesAnonymous, "The kubelet does not look at tokens, so metrics-server is system:anonymous to it.",
            fix: "set authentication.webhook.enabled: true in the kubelet's configuration and restart it"),
        failure(
            .kubeletForbids,
            "The kubelet answers 403: metrics-server's ClusterRole is of another release, or the kubelet reads no tokens.",
            fix:
                "kbootstrap install-metrics   # or authentication.webhook.enabled: true in the kubelet's configuration",
            patience: twoScrapes),
        failure(
            .kubeletRefusesConnection, "Nothing listens on the kubelet's port at that address.",
            fix: "systemctl status kubelet; ss -ltn   # on the node; the port is 10250, never 10255",
            patience: twoScrapes),
        failure(
            .kubeletTimesOut, "The kubelet does not answer in time, or a firewall drops the packets.",
            fix: "open port 10250 of the nodes to the pod network", patience: twoScrapes),
        failure(
            .kubeletNoRoute, "There is no route from the pod to the node.",
            fix: "kubectl get nodes -o wide   # is INTERNAL-IP the address that pods reach?", patience: twoScrapes),
        failure(
            .nodeNameNotResolved, "metrics-server dials the node by a name that the cluster's DNS does not know.",
            fix: "kbootstrap install-metrics   # dials InternalIP first, then ExternalIP, then Hostname"),
        failure(
            .nodeWithoutAddress, "The node has no address of the types that metrics-server is told to use.",
            fix: "kbootstrap install-metrics   # dials InternalIP first, then ExternalIP, then Hostname"),
        failure(
            .kubeletAnswerUnreadable, "metrics-server cannot read what the kubelet answers: 0.6.0 and 0.6.1 could not.",
            fix: "kbootstrap install-metrics   # a later release"),
        failure(
            .kubeletSpeaksPlainHTTP, "What listens on the kubelet's port speaks no TLS.",
            fix: "kubectl get nodes -o yaml   # is kubeletEndpoint.Port the kubelet's secure port, 10250?"),
        failure(
            .kubeletNotScraped, "metrics-server cannot scrape the kubelet.",
            fix: "kubectl -n kube-system logs deployment/metrics-server", patience: twoScrapes),
    ]
}
