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
        guard !inspection.rows.isEmpty else { return "there is no Node whose kubelet metrics-server would ask\n" }
        let table = Table(
            header: ["NODE", "DIALLED", "EXPIRES", "ANONYMOUS", "METRICS-SERVER WILL SEE"],
            rows: inspection.rows.map { row in
                [
                    row.node.name.singleLine,
                    row.address.map { "\($0):\(row.port)".singleLine } ?? "-",
                    row.leaf.map { $0.notAfter.formatted(.iso8601.year().month().day()) } ?? "-",
                    row.anonymousStatus.map(String.init) ?? "-",
                    Self.mark(row) + " " + row.words.singleLine,
                ]
            })
        let failing = inspection.rows.count(where: \.isFailing)
        let all = inspection.rows.count { !$0.isAside }
        let summary =
            failing == 0
            ? all == 0
                ? "√ there is no kubelet to verify"
                : "√ \(all == 1 ? "the kubelet" : "all \(all) kubelets") can be verified"
            : "× \(failing) of \(all) kubelets cannot be verified"
        return table.rendered() + "\n" + Terminal.styled(failing == 0 ? .green : .red, summary, when: colors) + "\n"
    }

    private static func mark(_ row: KubeletInspection.Row) -> String {
        switch row.verdict {
        case _ where row.isAside: "-"
        case .verified where row.isOpen: "!"
        case .verified: "√"
        case .expiresSoon: "!"
        case .notVisible: "?"
        default: "×"
        }
    }

    /// What to do, a line a step.
    static func advise(_ steps: [KubeletAdvice], _ terminal: Terminal) {
        for step in steps {
            terminal.hint(step.hint)
            if let alternative = step.alternative { terminal.hint(alternative) }
        }
    }
}
