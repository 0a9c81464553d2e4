// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import FoundationEssentials
import KubernetesClient
import PKI

/// A prediction for a reader: the outcome in one line, then what it comes from.
struct PredictionText {
    let prediction: AggregationPrediction
    let colors: Bool

    init(_ prediction: AggregationPrediction, colors: Bool) {
        self.prediction = prediction
        self.colors = colors
    }

    func rendered() -> String {
        let (color, outcome) = outcome()
        let rows = rows().map { name, value in
            "  \(name)\(String(repeating: " ", count: 12 - name.count))\(value.singleLine)\n"
        }
        return Terminal.styled(color, outcome.singleLine, when: colors) + "\n" + rows.joined()
    }

    private func outcome() -> (TerminalColor, String) {
        if let failure = prediction.startFailure { return (.red, "kube-apiserver will not start: \(failure)") }
        switch prediction.verdict {
        case .callersOwnName(let groups, let extra):
            if !groups {
                return (.red, "metrics-server will take callers by their own names, and without their groups")
            }
            return extra
                ? (.green, "metrics-server will accept this: every caller arrives under its own name")
                : (
                    .yellow,
                    "metrics-server will accept this: every caller arrives under its own name, without extra fields"
                )
        case .certificatesName(let name, let organizations, _):
            return (
                .red,
                organizations.contains("system:masters")
                    ? "metrics-server will take every caller for \(name), an administrator: Available, and open to all"
                    : "metrics-server will take every caller for \(name): Available, and 403 for all that \(name) may not do"
            )
        case .anonymous:
            return (.red, "metrics-server will take every caller for system:anonymous: 403 Forbidden")
        case .refused: return (.red, "metrics-server will refuse every request: 401 Unauthorized")
        case nil: return (.red, "kube-apiserver will not start")
        }
    }

    private func rows() -> [(String, String)] {
        guard let verdict = prediction.verdict else { return [] }
        var rows: [(String, String)] = []
        if let leaf = prediction.shown.first {
            let end = leaf.notAfter.formatted(.iso8601.year().month().day())
            rows.append(("shown", "\(leaf.subject), until \(end) (\(prediction.certificatePath ?? ""))"))
        } else {
            rows.append(
                ("shown", "no certificate: --proxy-client-cert-file and --proxy-client-key-file are not both there"))
        }
        let trust = prediction.trust
        if !trust.proxyAuthorities.isEmpty {
            rows.append(("trusted", trust.proxyAuthorities.map(\.subject).joined(separator: ", ")))
            rows.append(("names", trust.allowedNames.isEmpty ? "any" : trust.allowedNames.joined(separator: ", ")))
            rows.append(
                ("user header", trust.usernameHeaders.isEmpty ? "none" : trust.usernameHeaders.joined(separator: ", ")))
        } else {
            rows.append(("trusted", "no requestheader CA: no header is believed"))
        }
        for refusal in refusals { rows.append(("log", refusal.logged)) }
        rows.append(
            (
                "APIService",
                verdict.probeStatus == 200
                    ? (verdict.isGood ? "Available=True" : "Available=True, falsely")
                    : "Available=False, FailedDiscoveryCheck: bad status \(verdict.probeStatus)"
            ))
        return rows
    }

    private var refusals: [CertificateRefusal] {
        switch prediction.verdict {
        case .refused(let refusals): refusals
        case .certificatesName(_, _, let refusal): [refusal].compactMap { $0 }
        default: []
        }
    }
}
