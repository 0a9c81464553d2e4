// SPDX-License-Identifier: Apache-2.0

import KubeletCertificates
import KubernetesClient
import PKI

/// Judged requests as a table, with every reason.
struct KubeletCertificateRequestsText {
    let verdicts: [KubeletCertificateRequestVerdict]
    let colors: Bool

    init(_ verdicts: [KubeletCertificateRequestVerdict], colors: Bool) {
        self.verdicts = verdicts
        self.colors = colors
    }

    func rendered() -> String {
        guard !verdicts.isEmpty else { return Self.nothing }
        var table = Table(header: ["REQUEST", "MADE BY", "NAMES", "VERDICT"])
        for (verdict, older) in Self.grouped(verdicts) {
            table.rows.append([
                verdict.request.name + (older == 0 ? "" : " and \(older) older"), verdict.request.username.cell,
                Self.names(verdict), Self.state(verdict),
            ])
            table.rows += verdict.reasons.dropFirst().map { ["", "", "", "  \($0)"] }
        }
        return table.rendered() + "\n" + summary
    }

    /// A kubelet that is left without a certificate asks again every 15 minutes: what it asked in the same way is one row.
    private static func grouped(
        _ verdicts: [KubeletCertificateRequestVerdict]
    ) -> [(newest: KubeletCertificateRequestVerdict, older: Int)] {
        let groups = Dictionary(grouping: verdicts) { verdict in
            [verdict.request.username, verdict.word, verdict.request.state.rawValue]
                + verdict.names.map(\.description) + verdict.reasons
        }
        return groups.values.compactMap { group in
            group.max { ($0.request.made, $0.request.name) < ($1.request.made, $1.request.name) }
                .map { ($0, group.count - 1) }
        }.sorted { $0.newest.request.name < $1.newest.request.name }
    }

    private static let nothing = "no kubelet's request for a serving certificate is pending\n"

    private static func state(_ verdict: KubeletCertificateRequestVerdict) -> String {
        switch verdict.request.state {
        case .pending: verdict.reasons.first.map { "× \($0)" } ?? "√ may be approved"
        case .approved: "- approved, and not signed yet"
        case .issued: "√ issued"
        case .denied, .failed: "× \(verdict.reasons.joined(separator: "; "))"
        }
    }

    private var summary: String {
        let pending = verdicts.filter { $0.request.state == .pending }
        guard !pending.isEmpty else { return Self.nothing }
        let left = pending.count { !$0.isGood }
        let text =
            left == 0
            ? "√ nothing speaks against \(pending.count == 1 ? "the request" : "all \(pending.count) requests")"
            : "× \(left) of \(pending.count) \(pending.count == 1 ? "request" : "requests") must not be approved"
        return Terminal.styled(left == 0 ? .green : .red, text, when: colors) + "\n"
    }

    /// One line for what was done.
    static func outcome(_ verdict: KubeletCertificateRequestVerdict) -> String {
        let request = "\(ObjectReference(.certificateSigningRequests, name: verdict.request.name))"
        let who = verdict.node.map { "Node \($0.cell)" } ?? verdict.request.username.cell
        guard verdict.isGood else { return "\(request) left: \(who): \(verdict.reasons.joined(separator: "; "))" }
        return "\(request) \(verdict.word): \(who) as \(names(verdict))"
    }

    /// One line for a request that brings no certificate.
    static func stuck(_ verdict: KubeletCertificateRequestVerdict) -> String {
        guard verdict.isGood else { return outcome(verdict) }
        let request = "\(ObjectReference(.certificateSigningRequests, name: verdict.request.name))"
        return "\(request) not signed: Node \(verdict.node?.cell ?? "-"): it is approved, and no certificate comes"
    }

    private static func names(_ verdict: KubeletCertificateRequestVerdict) -> String {
        let shown = verdict.names.prefix(6).map { $0.description.cell }.joined(separator: ", ")
        let more = verdict.names.count - 6
        return verdict.names.isEmpty ? "-" : more > 0 ? "\(shown) and \(more) more" : shown
    }
}

extension String {
    /// One cell's worth of text that anybody may have written.
    fileprivate var cell: String {
        let line = singleLine
        return line.count > 64 ? line.prefix(64) + "…" : line
    }
}
