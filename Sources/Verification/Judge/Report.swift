// SPDX-License-Identifier: Apache-2.0

public import Core
internal import KubernetesClient

/// What a round of questions results in.
public struct VerificationReport: Sendable, Equatable {
    /// What was asked and answered, and how long that took.
    public let record: VerificationRecord
    /// In the order of the chain.
    public let results: [ClaimResult]

    /// Judges what was recorded: the same record gives the same report, on any machine.
    public init(judging record: VerificationRecord) {
        self.record = record
        results = Ranking.results(record.evidence, expectsRollout: record.expectsRollout)
    }

    /// The API server's address, as the kubeconfig has it.
    public var server: String { record.server }
    /// The kubeconfig context, where there is one.
    public var context: String? { record.context }
    /// The API server's version, such as `v1.31.2`, where it was told.
    public var kubernetesVersion: String? { record.evidence[.version].object?["gitVersion"].string?.inOneLine }
    /// Such as `v1beta1.metrics.k8s.io`.
    public var apiServiceName: String { record.evidence.apiServiceName.inOneLine }
    /// How long verification took, in all its rounds.
    public var elapsed: Duration { record.elapsed }
    /// Whether the time given ran out while a failure might still have mended itself.
    public var timedOut: Bool { record.timedOut }

    /// The causes that other failures follow from, the one to fix first at the front.
    public var rootCauses: [Finding] {
        results.compactMap { if case .failed(let finding) = $0.verdict { finding } else { nil } }
    }

    /// What fails because of a root cause, and is well again with it; each code once.
    public var consequences: [FindingCode] {
        let codes = results.compactMap { result -> FindingCode? in
            if case .consequence(let finding, _) = result.verdict { finding.code } else { nil }
        }
        let roots = Set(rootCauses.map(\.code))
        return codes.enumerated().filter { !roots.contains($1) && !codes[..<$0].contains($1) }.map(\.element)
    }

    /// What works, and will not for long, or not as it is meant.
    public var warnings: [Finding] {
        results.compactMap { if case .warning(let finding) = $0.verdict { finding } else { nil } }
    }

    /// What was not checked for a reason of its own, and so has neither passed nor failed.
    public var notChecked: [Unchecked] {
        results.compactMap { if case .notChecked(let reason) = $0.verdict { reason } else { nil } }
    }

    /// In words, where nothing has failed; a claim that was not checked has not passed.
    public var success: String {
        notChecked.isEmpty ? "all checks passed" : "no check failed, \(notChecked.count) not checked"
    }

    /// All that proves the chain was asked, and holds.
    public var isHealthy: Bool { rootCauses.isEmpty }

    /// The checks that came to something else than before, or were not there; figures and ages do not count.
    public func changes(from before: VerificationReport) -> [ClaimResult] {
        results.filter { result in
            before.results.first { $0.claim == result.claim && $0.hop == result.hop }?.verdict.outcome
                != result.verdict.outcome
        }
    }

    func differs(from before: VerificationReport) -> Bool {
        !changes(from: before).isEmpty || results.map(\.claim) != before.results.map(\.claim)
    }
}

extension Verdict {
    /// What it came to, without what was seen.
    fileprivate var outcome: [String] {
        switch self {
        case .passed: ["passed"]
        case .warning(let finding): ["warning", finding.code.rawValue]
        case .failed(let finding): ["failed", finding.code.rawValue]
        case .consequence(let finding, let root): ["consequence", finding.code.rawValue, root.rawValue]
        case .notChecked(let reason): ["notChecked", reason.code?.rawValue ?? ""]
        }
    }
}
