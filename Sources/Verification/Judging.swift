// SPDX-License-Identifier: Apache-2.0

extension Check {
    /// Every check, in the order of the chain.
    public static var all: [Check] {
        apiAccessChecks + aggregationLayerChecks + workloadChecks + apiServiceChecks + metricsChecks
    }

    /// Judges evidence: pure, and the same each time.
    ///
    /// A failure that follows from an earlier one is reported as blocked by it, so that one cause has one line.
    public static func judge(_ evidence: Evidence) -> [CheckResult] {
        var roots: [(code: FailureCode, group: CheckGroup)] = []
        return all.compactMap { check in
            guard var verdict = check.judge(evidence) else { return nil }
            if case .passed(let seen) = verdict { verdict = .passed(seen.inOneLine) }
            if case .failed(let finding) = verdict {
                if let root = roots.first(where: { follows(finding.code, in: check.group, from: $0.group) }) {
                    verdict = .skipped(blockedBy: root.code)
                } else {
                    roots.append((finding.code, check.group))
                }
            }
            return CheckResult(group: check.group, claim: check.claim, verdict: verdict)
        }
    }

    /// What is wrong with the workload by itself, however the aggregation layer stands.
    private static let ownCauses: Set<FailureCode> = [
        .serviceMissing, .servicePortMismatch, .noPods, .podUnschedulable, .imageNotPulled, .apiServiceMissing,
    ]

    private static func follows(_ code: FailureCode, in group: CheckGroup, from root: CheckGroup) -> Bool {
        switch (root, group) {
        case (.apiAccess, _): true
        case (.aggregationLayer, .aggregationLayer): false
        case (.aggregationLayer, .workload), (.aggregationLayer, .apiService): !ownCauses.contains(code)
        default: true
        }
    }
}
