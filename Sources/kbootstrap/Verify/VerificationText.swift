// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import Verification

/// A verification report for a terminal: groups in the order of the chain, one line a check, one hint a cause.
/// The marks differ without colour too.
struct VerificationText {
    private let report: VerificationReport
    private let colors: Bool

    init(_ report: VerificationReport, colors: Bool) {
        self.report = report
        self.colors = colors
    }

    func rendered() -> String {
        var lines = [heading]
        for group in Hop.allCases {
            let results = report.results.filter { $0.hop == group }
            guard !results.isEmpty else { continue }
            lines += ["", group.rawValue]
            lines += results.flatMap(self.lines)
        }
        return (lines + ["", summary]).joined(separator: "\n") + "\n"
    }

    /// What has changed since the report before: a line a check, each with the time, and the verdict.
    func changes(from before: VerificationReport) -> String {
        let time = report.record.evidence.askedAt.formatted(.iso8601)
        let changed = report.changes(from: before).compactMap { lines($0).first.map { "\(time)\($0)" } }
        let roots = report.rootCauses
        let verdict =
            roots == before.rootCauses
            ? []
            : roots.isEmpty
                ? ["\(time)  \(success)"]
                : roots.flatMap { root in
                    [
                        "\(time)  \(Terminal.styled(.red, "root cause: \(root.code.rawValue)", when: colors)) \(root.summary)",
                        "\(time)  \(line(root.hint))",
                    ]
                }
        return (changed + verdict).joined(separator: "\n")
    }

    /// A condition that has changed, as a line of `--watch`.
    static func line(_ transition: ConditionTransition) -> String {
        let why = [transition.reason, transition.message].filter { !$0.isEmpty }.joined(separator: ": ")
        return
            "\(transition.at.formatted(.iso8601))  \(transition.apiServiceName) is now Available=\(transition.status)"
            + (why.isEmpty ? "" : "  (\(why))")
    }

    private var heading: String {
        let version = report.kubernetesVersion.map { ", Kubernetes \($0)" } ?? ""
        return "\(report.apiServiceName) at \(report.server)\(version)"
    }

    private func lines(_ result: ClaimResult) -> [String] {
        switch result.verdict {
        case .passed(let detail):
            [mark(.green, "√") + result.claim + (detail.isEmpty ? "" : "  (\(detail))")]
        case .warning(let finding): explained(mark(.yellow, "!"), result.claim, finding)
        case .failed(let finding): explained(mark(.red, "×"), result.claim, finding)
        case .consequence(_, let code):
            [mark(.lightBlack, "-") + "\(result.claim)  (fails too: follows from \(code.rawValue))"]
        case .notChecked(let reason):
            [mark(.lightBlack, "?") + "\(result.claim)  (not checked: \(reason.because))"]
        }
    }

    private func explained(_ mark: String, _ claim: String, _ finding: Finding) -> [String] {
        [mark + claim, "      \(finding.code)  \(finding.summary)", "      \(line(finding.hint))"]
    }

    private func line(_ hint: Hint) -> String {
        Terminal.styled(.cyan, "\(hint.label):", when: colors) + " \(hint.text)"
    }

    private func mark(_ color: TerminalColor, _ sign: String) -> String {
        "  " + Terminal.styled(color, sign, when: colors) + " "
    }

    private var success: String {
        Terminal.styled(report.notChecked.isEmpty ? .green : .yellow, report.success, when: colors)
    }

    private var summary: String {
        let passed = report.results.filter { if case .passed = $0.verdict { true } else { false } }.count
        let time = report.elapsed.short
        guard let root = report.rootCauses.first else {
            let warnings = report.warnings.count
            return success
                + " (\(passed) checks\(warnings == 0 ? "" : ", \(warnings) warning\(warnings == 1 ? "" : "s")"), \(time))"
        }
        var lines = [
            Terminal.styled(.red, "root cause: \(root.code.rawValue)", when: colors)
                + " \(root.cause)"
                + (report.timedOut ? " Time ran out after \(time)." : " (\(time))")
        ]
        let others = report.rootCauses.dropFirst().map(\.code.rawValue)
        if !others.isEmpty { lines.append("further causes: \(others.joined(separator: ", "))") }
        let consequences = report.consequences.map(\.rawValue)
        if !consequences.isEmpty { lines.append("consequences: \(consequences.joined(separator: ", "))") }
        lines.append(line(root.hint))
        return lines.joined(separator: "\n")
    }
}
