// SPDX-License-Identifier: Apache-2.0

import Core
import Verification

/// A verification report as JUnit XML, as CI systems read it: a check is a test case, a root cause its failure. What
/// follows from a cause is skipped, so that one cause is one failure.
struct VerificationJUnit {
    private let report: VerificationReport

    init(_ report: VerificationReport) { self.report = report }

    func rendered() -> String {
        let groups = Hop.allCases.filter { group in report.results.contains { $0.hop == group } }
        let suites = groups.map(suite)
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="kbootstrap verify" \(Self.counts(report.results)) time="\(Self.seconds(report.elapsed))">
            \(suites.joined(separator: "\n"))
            </testsuites>

            """
    }

    private func suite(_ group: Hop) -> String {
        let results = report.results.filter { $0.hop == group }
        return """
              <testsuite name="\(Markup.escaped(group.rawValue))" \(Self.counts(results)) time="0">
            \(results.map(Self.testCase).joined(separator: "\n"))
              </testsuite>
            """
    }

    static func testCase(_ result: ClaimResult) -> String {
        let place = "kbootstrap.verify.\(result.hop.rawValue.replacing(" ", with: "-"))"
        let start = """
                <testcase classname="\(Markup.escaped(place))" name="\(Markup.escaped(result.claim))" time="0"
            """
        let outcome: String? =
            switch result.verdict {
            case .passed: nil
            case .failed(let finding): failure(finding)
            case .consequence(let finding, let root):
                skipped("\(finding.code.rawValue) follows from \(root.rawValue): \(finding.summary)")
            case .notChecked(let reason): skipped("not checked: \(reason.because)")
            case .warning(let finding):
                "<system-out>\(Markup.escaped("\(finding.code.rawValue) \(finding.summary); \(finding.hint.label): \(finding.hint.text)"))</system-out>"
            }
        return outcome.map { "\(start)>\n      \($0)\n    </testcase>" } ?? "\(start)/>"
    }

    private static func failure(_ finding: Finding) -> String {
        """
        <failure type="\(finding.code.rawValue)" message="\(Markup.escaped(finding.summary))">\
        \(Markup.escaped("\(finding.cause) \(finding.hint.label): \(finding.hint.text)"))</failure>
        """
    }

    private static func skipped(_ reason: String) -> String { "<skipped message=\"\(Markup.escaped(reason))\"/>" }

    static func counts(_ results: [ClaimResult], errors: Int = 0) -> String {
        var failures = 0
        var skipped = 0
        for result in results {
            switch result.verdict {
            case .failed: failures += 1
            case .consequence, .notChecked: skipped += 1
            case .passed, .warning: break
            }
        }
        let tests = results.count + errors
        return "tests=\"\(tests)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\""
    }

    static func seconds(_ elapsed: Duration) -> String {
        let milliseconds = Int64(elapsed / .milliseconds(1))
        let rest = "\(milliseconds % 1000)"
        return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }
}
