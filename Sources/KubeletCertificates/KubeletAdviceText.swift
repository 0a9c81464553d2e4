// SPDX-License-Identifier: Apache-2.0

extension KubeletAdvice {
    /// More names than this make no line that anybody reads.
    private static let most = 20

    /// What to type.
    public var command: String {
        switch self {
        case .renewAuthority: "openssl x509 -noout -subject -enddate -in FILE"
        case .setClocks: "timedatectl"
        case .approve(let requests):
            "kbootstrap kubelet-certs approve\(Self.words(requests) ?? "") --allow-cidr NETWORK"
        case .runSigner: "pgrep -a kube-controller-manager"
        case .readDecision(let requests):
            "kubectl get csr\(Self.words(requests) ?? "") -o jsonpath='{..status.conditions}'"
        case .restart: "systemctl restart kubelet"
        case .lookAgain: "kbootstrap kubelet-certs inspect"
        case .preferAddressType(let type): Self.prefer(type)
        case .trustAuthority: "kbootstrap install-metrics --kubelet-ca FILE"
        case .issue(let nodes, let isAll, _):
            "kbootstrap kubelet-certs issue\((isAll && nodes.count > 3 ? nil : Self.words(nodes)) ?? " --all") "
                + "--allow-cidr NETWORK --dir kubelets --ca-cert FILE --ca-key FILE"
        case .lookAtPort(let nodes): "kbootstrap kubelet-certs inspect\(Self.words(nodes) ?? "")"
        case .lookFromElsewhere: "kbootstrap kubelet-certs inspect"
        case .authenticate(let nodes):
            "in the kubelet's configuration on \(Self.listed(nodes)): authentication.anonymous.enabled: false, "
                + "authentication.webhook.enabled: true, authorization.mode: Webhook"
        }
    }

    /// Where it is typed, or why.
    public var reason: String {
        switch self {
        case .renewAuthority(let name): "the CA \(name.onOneLine) has ended: renew it, then issue"
        case .setClocks(let nodes): "here and on \(Self.listed(nodes)): a certificate begins later than it is"
        case .approve: "NETWORK: of the Nodes' addresses"
        case .runSigner(let requests):
            "on a control-plane host: \(Self.listed(requests)) \(requests.count == 1 ? "is" : "are") approved and not "
                + "signed, which takes --cluster-signing-cert-file and --cluster-signing-key-file"
        case .readDecision(let requests):
            "why \(Self.listed(requests)) \(requests.count == 1 ? "was" : "were") refused; correct that, and the kubelet "
                + "asks again within a minute"
        case .restart(let nodes): "on \(Self.listed(nodes)): a kubelet asks for its certificate when it starts"
        case .lookAgain(let requests): "in half a minute: \(Self.listed(requests)) was approved just now"
        case .preferAddressType: "every certificate names that address"
        case .trustAuthority(let issuer): "with the CA \(issuer.onOneLine)"
        case .issue(_, _, let type):
            "NETWORK: of the Nodes' addresses"
                + (type.map { "; or, where pods resolve that name, \(Self.prefer($0))" } ?? "")
        case .lookAtPort: "no kubelet, or a proxy before it, answers without TLS"
        case .lookFromElsewhere: "from a machine that reaches the Nodes' network"
        case .authenticate: "then restart it"
        }
    }

    /// What would do instead; nil where nothing would.
    public var alternative: String? {
        guard case .issue = self else { return nil }
        return
            "or serverTLSBootstrap: true in the kubelet's configuration, restart it, kbootstrap kubelet-certs approve; "
            + "where neither can be done, kbootstrap install-metrics --kubelet-insecure-tls verifies no kubelet"
    }

    private static func prefer(_ type: String) -> String {
        "kbootstrap install-metrics --extra-arg --kubelet-preferred-address-types=\(type)"
    }

    /// Names of objects for a command line, each with a space before it; nil where they are too many, or one of them is
    /// not a name that needs no quotes.
    private static func words(_ names: [String]) -> String? {
        guard names.count <= most, names.allSatisfy(KubeletNode.isHostName) else { return nil }
        return names.map { " \($0)" }.joined()
    }

    /// The same for a sentence.
    private static func listed(_ names: [String]) -> String {
        let more = names.count > 3 ? " and \(names.count - 3) more" : ""
        return names.prefix(3).map(\.onOneLine).joined(separator: ", ") + more
    }
}
