// SPDX-License-Identifier: Apache-2.0

import KubeletCertificates
import KubernetesClient
import PKI

/// Judged requests as a table, with every reason.
struct ServingRequestsText {
    let verdicts: [ServingRequestVerdict]
    let colors: Bool

    init(_ verdicts: [ServingRequestVerdict], colors: Bool) {
        self.verdicts = verdicts
        self.colors = colors
    }

    func rendered() -> String {
        guard !verdicts.isEmpty else { return "no kubelet's request for a serving certificate is pending\n" }
        var table = Table(header: ["REQUEST", "MADE BY", "NAMES", "VERDICT"])
        for verdict in verdicts {
            let good = verdict.isApprovable ? "√ may be approved" : "√ approved already"
            table.rows.append([
                verdict.request.name, verdict.request.username.cell, Self.names(verdict),
                verdict.reasons.first.map { "× \($0)" } ?? good,
            ])
            table.rows += verdict.reasons.dropFirst().map { ["", "", "", "  \($0)"] }
        }
        let left = verdicts.count { !$0.isGood }
        let summary =
            left == 0
            ? "√ nothing speaks against \(verdicts.count == 1 ? "the request" : "all \(verdicts.count) requests")"
            : "× \(left) of \(verdicts.count) \(verdicts.count == 1 ? "request" : "requests") must not be approved"
        return table.rendered() + "\n" + Terminal.styled(left == 0 ? .green : .red, summary, when: colors) + "\n"
    }

    /// One line for what was done.
    static func outcome(_ verdict: ServingRequestVerdict) -> String {
        let request = "\(ObjectReference(.certificateSigningRequests, name: verdict.request.name))"
        let who = verdict.node.map { "Node \($0.cell)" } ?? verdict.request.username.cell
        guard verdict.isGood else { return "\(request) left: \(who): \(verdict.reasons.joined(separator: "; "))" }
        return "\(request) \(verdict.word): \(who) as \(names(verdict))"
    }

    private static func names(_ verdict: ServingRequestVerdict) -> String {
        let shown = verdict.names.prefix(6).map { $0.description.cell }.joined(separator: ", ")
        let more = verdict.names.count - 6
        return verdict.names.isEmpty ? "-" : more > 0 ? "\(shown) and \(more) more" : shown
    }
}

extension String {
    /// One cell's worth of text that anybody may have written.
    fileprivate var cell: String {
        let line = split(whereSeparator: \.isNewline).joined(separator: " ").escapingControls
        return line.count > 64 ? line.prefix(64) + "…" : line
    }
}
