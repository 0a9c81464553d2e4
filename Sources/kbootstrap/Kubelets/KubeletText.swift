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
                    row.address.map { "\($0):\(row.node.port)".escapingControls } ?? "-",
                    row.leaf.map { $0.notAfter.formatted(.iso8601.year().month().day()) } ?? "-",
                    row.anonymousStatus.map(String.init) ?? "-",
                    Self.mark(row.verdict) + " " + Self.words(row).escapingControls,
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

    private static func mark(_ verdict: KubeletVerdict) -> String {
        switch verdict {
        case .verified: "√"
        case .expiresSoon: "!"
        case .notVisible: "?"
        default: "×"
        }
    }

    private static func words(_ row: KubeletInspection.Row) -> String {
        switch row.verdict {
        case .verified: "a certificate that it accepts"
        case .expiresSoon: "a certificate that it accepts, and that expires soon"
        case .expired(let end): "a certificate that ended on \(end.formatted(.iso8601.year().month().day()))"
        case .otherNames(let names):
            names.isEmpty
                ? "a certificate without any address, so not for \(row.address ?? "")"
                : "a certificate valid for \(names.joined(separator: ", ")), not \(row.address ?? "")"
        case .selfSigned: "a certificate that kubelet signed itself"
        case .otherAuthority(let issuer): "a certificate of \(issuer), which the cluster's CA does not lead to"
        case .wrongUsage: "a certificate that is not for servers"
        case .noCertificate: "no certificate: its signing request is pending"
        case .notTLS: "no TLS"
        case .notVisible(let reason): "not visible from here: \(reason)"
        }
    }

    /// What to type.
    static func advice(_ inspection: KubeletInspection) -> [String] {
        switch KubeletAdvice(inspection) {
        case .nothing: []
        case .approve(let requests):
            [
                "kbootstrap kubelet-certs approve \(requests.joined(separator: " ")) --allow-cidr NETWORK   "
                    + "# the network of the Nodes' addresses"
            ]
        case .preferAddressType(let type):
            [
                "kbootstrap install-metrics --extra-arg --kubelet-preferred-address-types=\(type)   "
                    + "# every certificate names that address; pods must be able to resolve it"
            ]
        case .trustAuthority(let issuer):
            ["add --kubelet-certificate-authority=FILE with the CA \(issuer) to metrics-server's arguments"]
        case .issue(let nodes):
            [
                "give \(nodes.count == 1 ? nodes[0] : "\(nodes.count) Nodes") new serving certificates: "
                    + "serverTLSBootstrap: true in the kubelet's configuration, restart it, kbootstrap kubelet-certs approve"
            ]
        case .lookFromElsewhere: ["kbootstrap kubelet-certs inspect   # from a machine that reaches the Nodes' network"]
        }
    }
}
