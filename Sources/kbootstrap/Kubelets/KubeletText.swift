// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubeletCertificates
import KubernetesClient
import PKI

/// An inspection as a table, one Node a line, and what to do in one line.
struct KubeletText {
    let inspection: KubeletInspection
    let colors: Bool

    init(_ inspection: KubeletInspection, colors: Bool) {
        self.inspection = inspection
        self.colors = colors
    }

    func rendered() -> String {
        guard !inspection.rows.isEmpty else { return "the cluster has no Nodes\n" }
        let table = Table(
            header: ["NODE", "DIALLED", "EXPIRES", "ANONYMOUS", "METRICS-SERVER WILL SEE"],
            rows: inspection.rows.map { row in
                [
                    row.node.name.escapingControls,
                    row.address.map { "\($0):\(row.port)".escapingControls } ?? "-",
                    row.leaf.map { $0.notAfter.formatted(.iso8601.year().month().day()) } ?? "-",
                    row.anonymousStatus.map(String.init) ?? "-",
                    Self.mark(row) + " " + row.words.escapingControls,
                ]
            })
        let good = inspection.rows.count { $0.verdict.isVerified }
        let all = inspection.rows.count
        let summary =
            good == all
            ? "√ \(all == 1 ? "the kubelet" : "all \(all) kubelets") can be verified"
            : "× \(all - good) of \(all) kubelets cannot be verified"
        return table.rendered() + "\n" + Terminal.styled(good == all ? .green : .red, summary, when: colors) + "\n"
    }

    private static func mark(_ row: KubeletInspection.Row) -> String {
        switch row.verdict {
        case .verified where row.isOpen: "!"
        case .verified: "√"
        case .expiresSoon: "!"
        case .notVisible: "?"
        default: "×"
        }
    }

    /// What to type, one line a step.
    static func advice(_ inspection: KubeletInspection) -> [String] {
        KubeletAdvice.steps(for: inspection).map(line)
    }

    private static func line(_ advice: KubeletAdvice) -> String {
        switch advice {
        case .renewAuthority, .setClocks:
            advice.groundwork.map { "\($0.command)   # \($0.reason)" } ?? ""
        case .approve(let requests):
            "kbootstrap kubelet-certs approve \(requests.map { "\($0) " }.joined())--allow-cidr NETWORK   "
                + "# the network of the Nodes' addresses"
        case .preferAddressType(let type):
            "kbootstrap install-metrics --extra-arg --kubelet-preferred-address-types=\(type)   "
                + "# every certificate names that address; pods must be able to resolve it"
        case .trustAuthority(let issuer):
            "kbootstrap install-metrics --kubelet-ca FILE   # with the CA \(issuer)"
        case .issue(let nodes, let isAll):
            "kbootstrap kubelet-certs issue \(isAll && nodes.count > 3 ? "--all" : named(nodes)) "
                + "--allow-cidr NETWORK --dir kubelets --ca-cert FILE --ca-key FILE   # or serverTLSBootstrap: true in "
                + "the kubelet's configuration, restart it, kbootstrap kubelet-certs approve; where neither can be done, "
                + "kbootstrap install-metrics --kubelet-insecure-tls verifies no kubelet"
        case .lookAtPort(let nodes):
            "kbootstrap kubelet-certs inspect \(named(nodes))   # no kubelet, or a proxy before it, answers without TLS"
        case .lookFromElsewhere: "kbootstrap kubelet-certs inspect   # from a machine that reaches the Nodes' network"
        case .authenticate(let nodes):
            "in the kubelet's configuration on \(named(nodes)): authentication.anonymous.enabled: false, "
                + "authentication.webhook.enabled: true, authorization.mode: Webhook; then restart it"
        }
    }

    /// Nodes for a command line, or the word for too many.
    private static func named(_ nodes: [String]) -> String {
        nodes.count <= 20 ? nodes.joined(separator: " ").escapingControls : "NODES"
    }
}
