// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import Verification

/// A verification report as a JSON document (`kbootstrap/v1`, `VerificationReport`).
struct VerificationDocument: Encodable {
    private struct Entry: Encodable {
        let group: String
        let claim: String
        let verdict: String
        var detail: String?
        var code: String?
        var hint: String?
        var hintKind: String?
        var followsFrom: String?
    }

    private struct Cause: Encodable {
        let code: String
        let cause: String
        let summary: String
        let hint: String
        let hintKind: String
    }

    private let apiVersion = "kbootstrap/v1"
    private let kind = "VerificationReport"
    private let healthy: Bool
    private let apiService: String
    private let server: String
    private let context: String?
    private let kubernetesVersion: String?
    private let rootCause: Cause?
    private let rootCauses: [String]
    private let consequences: [String]
    private let timedOut: Bool
    private let elapsedMilliseconds: Int64
    private let checks: [Entry]

    init(_ report: VerificationReport) {
        healthy = report.isHealthy
        apiService = report.apiServiceName
        server = report.server
        context = report.context
        kubernetesVersion = report.kubernetesVersion
        rootCause = report.rootCauses.first.map { root in
            Cause(
                code: root.code.rawValue, cause: root.cause, summary: root.summary,
                hint: root.hint.text, hintKind: root.hint.label)
        }
        rootCauses = report.rootCauses.map(\.code.rawValue)
        consequences = report.consequences.map(\.rawValue)
        timedOut = report.timedOut
        elapsedMilliseconds = Int64(report.elapsed / .milliseconds(1))
        checks = report.results.map { result in
            var entry = Entry(group: result.hop.rawValue, claim: result.claim, verdict: "")
            func take(_ verdict: String, _ finding: Finding) -> Entry {
                Entry(
                    group: entry.group, claim: entry.claim, verdict: verdict, detail: finding.summary,
                    code: finding.code.rawValue, hint: finding.hint.text, hintKind: finding.hint.label)
            }
            switch result.verdict {
            case .passed(let detail):
                entry = Entry(group: entry.group, claim: entry.claim, verdict: "passed", detail: detail)
            case .warning(let finding): entry = take("warning", finding)
            case .failed(let finding): entry = take("failed", finding)
            case .notChecked(let reason):
                entry = Entry(
                    group: entry.group, claim: entry.claim, verdict: "notChecked", detail: reason.because,
                    code: reason.code?.rawValue, hint: reason.hint?.text, hintKind: reason.hint?.label)
            case .consequence(let finding, let root):
                entry = take("consequence", finding)
                (entry.hint, entry.hintKind) = (nil, nil)
                entry.followsFrom = root.rawValue
            }
            return entry
        }
    }

    /// - Parameter compact: on one line, for one document of many.
    func json(compact: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !compact { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
