// SPDX-License-Identifier: Apache-2.0

extension Check {
    /// Every check, in the order of the chain.
    public static var all: [Check] {
        apiAccessChecks + aggregationLayerChecks + workloadChecks + apiServiceChecks + metricsChecks + kubeletChecks
    }

    /// Judges evidence: pure, and the same each time.
    ///
    /// A failure that another one explains, by the catalogue, is its consequence: of ten checks that a missing flag
    /// makes fail, one is the cause.
    public static func judge(_ evidence: Evidence) -> [CheckResult] {
        let place = HintPlace(evidence)
        let results = all.compactMap { check -> CheckResult? in
            guard var verdict = check.judge(evidence) else { return nil }
            if case .passed(let seen) = verdict { verdict = .passed(seen.inOneLine) }
            return CheckResult(group: check.group, claim: check.claim, verdict: place.fit(verdict))
        }
        var codes: [FailureCode] = []
        for case .failed(let finding) in results.map(\.verdict) where !codes.contains(finding.code) {
            codes.append(finding.code)
        }
        let roots = codes.filter { code in !codes.contains { Catalogue.explains($0, code) } }
        var told: Set<FailureCode> = []
        return results.map { result in
            guard case .failed(let finding) = result.verdict else { return result }
            // The same cause a second time follows from the first.
            let isNew = told.insert(finding.code).inserted
            let root =
                roots.contains(finding.code)
                ? (isNew ? nil : finding.code) : roots.first { Catalogue.explains($0, finding.code) }
            guard let root else { return result }
            return CheckResult(
                group: result.group, claim: result.claim, verdict: .consequence(finding, of: root))
        }
    }
}
