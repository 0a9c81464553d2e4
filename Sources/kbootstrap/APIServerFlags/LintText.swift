// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Core
import KubernetesClient

/// Findings for a reader: place, severity, code and message, then the offending text and what to type.
struct LintText {
    private let report: LaunchLintReport
    private let colors: Bool

    init(_ report: LaunchLintReport, colors: Bool) {
        self.report = report
        self.colors = colors
    }

    func rendered() -> String {
        report.entries.map { entry in
            guard !entry.findings.isEmpty else { return "\(entry.path): nothing found (\(entry.format.rawValue))\n" }
            let failures = entry.findings.count { $0.severity == .failure }
            let warnings = entry.findings.count - failures
            return entry.findings.map(rendered).joined()
                + "\(entry.path): \(Self.counted(failures, "failure")), \(Self.counted(warnings, "warning"))"
                + " (\(entry.format.rawValue))\n"
        }.joined()
    }

    private func rendered(_ finding: LaunchFinding) -> String {
        let severity = Terminal.styled(
            finding.severity == .failure ? .red : .yellow, finding.severity.rawValue, when: colors)
        var text =
            "\(finding.place.file.singleLine):\(finding.place.line): \(severity) \(finding.code.rawValue): "
            + finding.finding.summary.singleLine + "\n"
        if !finding.text.isEmpty {
            text += "    \(finding.text.singleLine)\n"
        }
        let hint = finding.finding.hint
        return text + "    \(hint.label): \(hint.text.singleLine)\n"
    }

    private static func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
}
