// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import Verification

/// A verification report as one page: no script, no other file, no network. It reads in light and dark, and prints.
struct VerificationPage {
    private let report: VerificationReport

    init(_ report: VerificationReport) { self.report = report }

    func rendered() throws -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(text(report.apiServiceName)): \(report.isHealthy ? report.success : "failed")</title>
        <style>
        \(PageStyle.css)
        </style>
        </head>
        <body>
        <h1>\(text(report.apiServiceName))</h1>
        <p class="where">\(text(place))</p>
        \(verdict)
        \(chain)
        \(checks)
        \(try evidence())
        <footer>kbootstrap verify, \(text(report.record.evidence.askedAt.formatted(.iso8601)))</footer>
        </body>
        </html>

        """
    }

    private func text(_ text: String) -> String { Markup.escaped(text) }

    private var place: String {
        ([report.server]
            + [report.context.map { "context \($0)" }, report.kubernetesVersion.map { "Kubernetes \($0)" }]
            .compactMap(\.self)).joined(separator: ", ")
    }

    // MARK: The verdict

    private var verdict: String {
        guard let root = report.rootCauses.first else {
            let warnings = report.warnings.count
            return """
                <section class="verdict proven"><strong>\(report.notChecked.isEmpty ? "√" : "?") \(report.success)</strong>\
                \(warnings == 0 ? "" : " with \(warnings) warning\(warnings == 1 ? "" : "s")")</section>
                """
        }
        let others = report.rootCauses.dropFirst().map(\.code.rawValue).joined(separator: ", ")
        let consequences = report.consequences.map(\.rawValue).joined(separator: ", ")
        return """
            <section class="verdict broken">
            <p><strong>× root cause: \(root.code.rawValue)</strong> \(text(root.cause))</p>
            <p>\(text(root.summary))</p>
            <p>\(root.hint.label): <code>\(text(root.hint.text))</code></p>
            \(others.isEmpty ? "" : "<p>further causes: \(others)</p>")
            \(consequences.isEmpty ? "" : "<p>consequences, which go with it: \(consequences)</p>")
            </section>
            """
    }

    // MARK: The chain

    private var chain: String {
        let hops = Chain(report).hops
        let boxes = hops.map { "\(arrow($0))\n\(box($0.to))" }.joined(separator: "\n")
        return """
            <section class="chain" aria-label="The chain">
            \(box(hops.first?.from ?? "caller"))
            \(boxes)
            </section>
            """
    }

    private func box(_ name: String) -> String { "<div class=\"box\">\(text(name))</div>" }

    private func arrow(_ hop: Chain.Hop) -> String {
        let sign =
            switch hop.state {
            case .proven: "√"
            case .broken: "×"
            case .affected: "-"
            case .notProven: "?"
            }
        let code = hop.code.map { " \($0.rawValue)" } ?? ""
        return """
            <div class="hop \(hop.state == .notProven ? "unknown" : hop.state.rawValue)">
            <div class="state">\(sign) \(hop.state.rawValue)\(code)</div>
            \(hop.certificates.map(certificate).joined(separator: "\n"))
            </div>
            """
    }

    private func certificate(_ certificate: Chain.SeenCertificate) -> String {
        let days = certificate.daysLeft
        let left = days < 0 ? "expired \(-days) days ago" : "\(days) day\(days == 1 ? "" : "s") left"
        return """
            <div class="certificate\(days < 0 ? " over" : days < 30 ? " soon" : "")">\(text(certificate.role)): \
            \(text(certificate.subject))<br>\(left), \
            until <time>\(text(certificate.notAfter.formatted(.iso8601.year().month().day())))</time></div>
            """
    }

    // MARK: The checks

    private var checks: String {
        let groups = Hop.allCases.filter { group in report.results.contains { $0.hop == group } }
        return groups.map { group in
            """
            <section>
            <h2>\(text(group.rawValue))</h2>
            <table>
            \(report.results.filter { $0.hop == group }.map(row).joined(separator: "\n"))
            </table>
            </section>
            """
        }.joined(separator: "\n")
    }

    private func row(_ result: ClaimResult) -> String {
        let (sign, style, detail): (String, String, String) =
            switch result.verdict {
            case .passed(let seen): ("√", "proven", text(seen))
            case .warning(let finding): ("!", "warning", explained(finding))
            case .failed(let finding): ("×", "broken", explained(finding))
            case .consequence(let finding, let root):
                ("-", "affected", text("follows from \(root.rawValue): \(finding.summary)"))
            case .notChecked(let reason): ("?", "unknown", text("not checked: \(reason.because)"))
            }
        return """
            <tr class="\(style)"><td class="sign">\(sign)</td><td>\(text(result.claim))</td><td>\(detail)</td></tr>
            """
    }

    private func explained(_ finding: Finding) -> String {
        "<strong>\(finding.code.rawValue)</strong> \(text(finding.summary))<br><code>\(text(finding.hint.text))</code>"
    }

    // MARK: The evidence

    /// In characters: a longer one would make the page slow to open.
    private static let longestEvidence = 400_000

    private func evidence() throws -> String {
        let json = try report.record.json()
        let shown =
            json.utf8.count > Self.longestEvidence
            ? "It is too long for this page: kbootstrap verify --save FILE writes it." : json
        return """
            <section>
            <h2>evidence</h2>
            <details><summary>what was asked and answered, without secrets</summary>
            <pre>\(text(shown).replacing("&#10;", with: "\n"))</pre>
            </details>
            </section>
            """
    }
}
