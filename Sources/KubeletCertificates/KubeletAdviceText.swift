// SPDX-License-Identifier: Apache-2.0

public import Core

extension KubeletAdvice {
    /// More names than this make no line that anybody reads.
    private static let most = 20

    /// What to type, and where or why.
    public var hint: Hint {
        switch self {
        case .renewAuthority(let name):
            .look(
                "openssl x509 -noout -subject -enddate -in FILE",
                "the CA \(name.shortLine) has ended: renew it, then issue")
        case .setClocks(let nodes):
            .look("timedatectl", "here and on \(Self.listed(nodes)): a certificate begins later than it is")
        case .approve(let requests):
            .fix(
                "\(Self.with(requests, "kbootstrap kubelet-certs approve")) --allow-cidr NETWORK",
                Self.network)
        case .runSigner(let requests):
            .look(
                "pgrep -a kube-controller-manager",
                "on a control-plane host: \(Self.listed(requests)) \(requests.count == 1 ? "is" : "are") approved and "
                    + "not signed, which takes --cluster-signing-cert-file and --cluster-signing-key-file")
        case .readDecision(let requests):
            .look(
                "\(Self.with(requests, "kubectl get csr")) -o jsonpath='{..status.conditions}'",
                "why \(Self.listed(requests)) \(requests.count == 1 ? "was" : "were") refused; correct that, and the "
                    + "kubelet asks again within a minute")
        case .restart(let nodes):
            .fix(
                "systemctl restart kubelet",
                "on \(Self.listed(nodes)): a kubelet asks for its certificate when it starts")
        case .lookAgain(let requests):
            .look(
                "kbootstrap kubelet-certs inspect", "in half a minute: \(Self.listed(requests)) was approved just now")
        case .preferAddressType(let type): .fix(Self.prefer(type), "every certificate names that address")
        case .trustAuthority(let issuer):
            .fix("kbootstrap install-metrics --kubelet-ca FILE", "with the CA \(issuer.shortLine)")
        case .issue(let nodes, let isAll, let type):
            .fix(
                "\(Self.issuing(nodes, isAll)) --allow-cidr NETWORK --dir kubelets --ca-cert FILE --ca-key FILE",
                Self.network
                    + (type.map { "; or, where pods resolve that name, \(Self.prefer($0).text)" } ?? ""))
        case .lookAtPort(let nodes):
            .look(
                Self.with(nodes, "kbootstrap kubelet-certs inspect"),
                "no kubelet, or a proxy before it, answers without TLS")
        case .lookFromElsewhere:
            .look("kbootstrap kubelet-certs inspect", "from a machine that reaches the Nodes' network")
        case .authenticate(let nodes):
            .advice(
                "in the kubelet's configuration on \(Self.listed(nodes)): authentication.anonymous.enabled: false, "
                    + "authentication.webhook.enabled: true, authorization.mode: Webhook; then restart it")
        }
    }

    /// What would do instead; nil where nothing would.
    public var alternative: Hint? {
        guard case .issue = self else { return nil }
        return .advice(
            "or set serverTLSBootstrap: true in the kubelet's configuration, restart it, then kubelet-certs approve; "
                + "where neither can be done, kbootstrap install-metrics --kubelet-insecure-tls verifies no kubelet")
    }

    private static let network = "NETWORK: of the Nodes' addresses"

    private static func issuing(_ nodes: [String], _ isAll: Bool) -> Command {
        let issue: Command = "kbootstrap kubelet-certs issue"
        return (isAll && nodes.count > 3) || nodes.count > most ? "\(issue) --all" : with(nodes, issue)
    }

    private static func prefer(_ type: String) -> Command {
        "kbootstrap install-metrics --extra-arg --kubelet-preferred-address-types=\(type)"
    }

    /// A command for these objects; for all of them where they are too many for a line.
    private static func with(_ names: [String], _ command: Command) -> Command {
        names.count > most ? command : names.reduce(command) { "\($0) \($1)" }
    }

    /// Names in a sentence.
    private static func listed(_ names: [String]) -> String {
        let more = names.count > 3 ? " and \(names.count - 3) more" : ""
        return names.prefix(3).map(\.shortLine).joined(separator: ", ") + more
    }
}
