// SPDX-License-Identifier: Apache-2.0

internal import Core

/// One claim, judged in the light of all others.
public struct ClaimResult: Sendable, Equatable {
    /// Which hop of the chain it is about.
    public let hop: Hop
    /// What must hold, in words, such as "running pods have metrics".
    public let claim: String
    /// Whether it does.
    public let verdict: Verdict
}

/// From what each claim is judged to be by itself, to what the whole of them says: which failures are causes, and which
/// follow from them.
///
/// The rules: what a passed claim contradicts at the same or a higher rank of evidence accuses nobody; a failure that
/// another explains is its consequence; evidence below a condition never says that time does not help.
struct Ranking {
    private struct Judged {
        let row: ClaimRow
        var judgement: Judgement
    }

    private var judged: [Judged]

    /// Judges evidence: pure, and the same each time.
    ///
    /// - Parameter expectsRollout: whether an older pod that still serves is not enough.
    static func results(_ evidence: Evidence, expectsRollout: Bool) -> [ClaimResult] {
        let slots = HintSlots(evidence)
        var ranking = Ranking(
            judged: ClaimRow.table.map { row in
                guard evidence.isAnswered || row.name == .apiServerAnswers else {
                    return Judged(row: row, judgement: .notChecked("kube-apiserver does not answer"))
                }
                var judgement = row.judge(evidence)
                if expectsRollout, row.name == .rolloutComplete {
                    judgement = RolloutClaim.expected(judgement, evidence)
                }
                return Judged(row: row, judgement: judgement)
            })
        ranking.hearContradictions(evidence)
        return ranking.results(slots)
    }

    /// How long a failure is waited for at least that only a log line or an event tells of: a line may be the last of
    /// a trouble that is over.
    static let shortestWait = Duration.seconds(20)

    // MARK: Contradictions

    private mutating func hearContradictions(_ evidence: Evidence) {
        for index in judged.indices {
            guard case .failed(let finding, let source) = judged[index].judgement,
                let cause = finding.failure.map(Catalogue.cause),
                let witness = witness(against: finding, source, cause.contradictedBy)
            else { continue }
            guard judged[index].row.name != .available else {
                // A condition has one writer and many readers: that it lags is said, and waited for.
                let age = evidence.conditionAge.map { " for \($0) s" } ?? ""
                judged[index].judgement = .failed(
                    Finding(.conditionStale, "the condition has said\(age): \(finding.summary); but \(witness)"),
                    from: source)
                continue
            }
            // A request that fails has failed, whatever its words mean.
            if let code = Self.requests[judged[index].row.name] {
                judged[index].judgement = .failed(
                    Finding(code, "\(finding.summary); but another check shows: \(witness)"), from: source)
                continue
            }
            judged[index].judgement = .notChecked(
                Unchecked(
                    "\(finding.summary); but another check shows: \(witness)",
                    hint: .look("kbootstrap verify", "again in a minute: old log lines and conditions pass")))
        }
    }

    private static let requests: [Claim.Name: FailureCode] = [
        .discoveryAnswers: .backendBadStatus, .callerArrives: .requestsFail, .reviewsAnswered: .requestsFail,
    ]

    /// The claim that passed and cannot hold together with the finding; nil where there is none.
    private func witness(against finding: Finding, _ source: Source, _ names: Set<Claim.Name>) -> String? {
        for one in judged where names.contains(one.row.name) {
            guard case .passed(let seen, let rank, let subjects) = one.judgement, rank >= source,
                subjects.contains(finding.subject)
            else { continue }
            return one.row.text + (seen.isEmpty ? "" : " (\(seen))")
        }
        return nil
    }

    // MARK: Causes and consequences

    private func results(_ slots: HintSlots) -> [ClaimResult] {
        var codes: [FailureCode] = []
        for case .failed(let finding, _) in judged.map(\.judgement) {
            if let code = finding.failure, !codes.contains(code) { codes.append(code) }
        }
        // With a ready backend, what keeps pods from being ready is no reason for anything else.
        let isReady = judged.contains { one in
            guard one.row.name == .backendReady, case .passed = one.judgement else { return false }
            return true
        }
        func explains(_ cause: FailureCode, _ other: FailureCode) -> Bool {
            Catalogue.explains(cause, other) { !isReady || $0.hop != .workload }
        }
        let roots = codes.filter { code in !codes.contains { explains($0, code) } }
        var told: Set<FindingCode> = []
        return judged.compactMap { one in
            let verdict: Verdict
            switch one.judgement {
            case .notApplicable: return nil
            case .passed(let seen, _, _): verdict = .passed(seen.inOneLine)
            case .warning(let finding): verdict = .warning(slots.fill(finding))
            case .notChecked(let reason): verdict = .notChecked(slots.fill(reason))
            case .failed(let finding, let source):
                let finding = slots.fill(patient(finding, source))
                // The same cause a second time follows from the first.
                let isNew = told.insert(finding.code).inserted
                let root = finding.failure.flatMap { code in
                    roots.contains(code)
                        ? (isNew ? nil : code) : roots.first { explains($0, code) }
                }
                verdict = root.map { .consequence(finding, of: FindingCode($0)) } ?? .failed(finding)
            }
            return ClaimResult(hop: one.row.hop, claim: one.row.text, verdict: verdict)
        }
    }

    private func patient(_ finding: Finding, _ source: Source) -> Finding {
        guard source < .lastWords, finding.patience < Self.shortestWait else { return finding }
        var finding = finding
        finding.patience = Self.shortestWait
        return finding
    }
}
