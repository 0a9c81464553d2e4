// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// One check, judged.
public struct CheckResult: Sendable, Equatable {
    /// Which hop of the chain it is about.
    public let group: CheckGroup
    /// What must hold, in words, such as "running pods have metrics".
    public let claim: String
    /// Whether it does.
    public let verdict: Verdict
}

/// What a round of checks came to.
public struct VerificationReport: Sendable, Equatable {
    /// What was asked and answered, and how long that took.
    public let record: VerificationRecord
    /// In the order of the chain.
    public let results: [CheckResult]

    /// Judges what was recorded: the same record gives the same report, on any machine.
    public init(judging record: VerificationRecord) {
        self.record = record
        results = Check.judge(record.evidence)
    }

    /// The API server's address, as the kubeconfig has it.
    public var server: String { record.server }
    /// The kubeconfig context, where there is one.
    public var context: String? { record.context }
    /// The API server's version, such as `v1.31.2`, where it was told.
    public var kubernetesVersion: String? { record.evidence.version.object?["gitVersion"].string?.inOneLine }
    /// Such as `v1beta1.metrics.k8s.io`.
    public var apiServiceName: String { record.evidence.apiServiceName.inOneLine }
    /// How long verification took, in all its rounds.
    public var elapsed: Duration { record.elapsed }
    /// Whether the time given ran out while a failure might still have mended itself.
    public var timedOut: Bool { record.timedOut }

    /// The causes that other failures follow from, the one to mend first at the front.
    public var rootCauses: [Finding] {
        results.compactMap { if case .failed(let finding) = $0.verdict { finding } else { nil } }
    }

    /// What fails because of a root cause, and mends itself with it; each code once.
    public var consequences: [FailureCode] {
        let codes = results.compactMap { result -> FailureCode? in
            if case .consequence(let finding, _) = result.verdict { finding.code } else { nil }
        }
        let roots = Set(rootCauses.map(\.code))
        return codes.enumerated().filter { !roots.contains($1) && !codes[..<$0].contains($1) }.map(\.element)
    }

    /// What works, and will not for long, or not as it is meant.
    public var warnings: [Finding] {
        results.compactMap { if case .warning(let finding) = $0.verdict { finding } else { nil } }
    }

    /// What could not be asked, and so has neither passed nor failed.
    public var notAsked: [Finding] {
        results.compactMap { if case .couldNotAsk(let finding) = $0.verdict { finding } else { nil } }
    }

    /// In words, where nothing has failed; what could not be asked has not passed.
    public var success: String {
        notAsked.isEmpty ? "all checks passed" : "no check failed, \(notAsked.count) could not be asked"
    }

    /// All that proves the chain was asked, and holds.
    public var isHealthy: Bool { rootCauses.isEmpty }

    /// The checks that came to something else than before, or were not there; figures and ages do not count.
    public func changes(from before: VerificationReport) -> [CheckResult] {
        results.filter { result in
            before.results.first { $0.claim == result.claim && $0.group == result.group }?.verdict.outcome
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
        case .couldNotAsk(let finding): ["couldNotAsk", finding.code.rawValue]
        }
    }
}
