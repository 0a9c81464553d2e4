// SPDX-License-Identifier: Apache-2.0

internal import Core

/// How much a piece of evidence weighs: a lower one never overrules a higher one.
enum Source: Int, Sendable, Comparable {
    /// A log line of level W, E or F.
    case log
    case event
    /// What a container said before it ended.
    case lastWords
    /// A condition, which may be stale.
    case condition
    /// A live request or handshake, or an object read now.
    case live

    static func < (one: Source, other: Source) -> Bool { one.rawValue < other.rawValue }
}

/// What judging one claim by itself results in, before the others are heard.
enum Judgement: Sendable {
    /// - Parameter of: what it was proven of: it contradicts only what is said of the same.
    case passed(String, from: Source = .live, of: Set<Subject> = [.cluster])
    case warning(Finding)
    case failed(Finding, from: Source = .live)
    case notChecked(Unchecked)
    /// There is nothing to claim: what it speaks of is not there.
    case notApplicable

    static func notChecked(_ because: String, hint: Hint? = nil, code: FailureCode? = nil) -> Judgement {
        .notChecked(Unchecked(because, hint: hint, code: code))
    }
}

/// One thing that must hold, with the pure function that judges it. It reads evidence only, never another's judgement.
struct ClaimRow: Sendable {
    let name: Claim.Name
    let hop: Hop
    /// A sentence that is true when the claim holds.
    let text: String
    let judge: @Sendable (Evidence) -> Judgement

    init(_ name: Claim.Name, _ hop: Hop, _ text: String, judge: @escaping @Sendable (Evidence) -> Judgement) {
        self.name = name
        self.hop = hop
        self.text = text
        self.judge = judge
    }

    /// Every claim, in the order of the chain.
    static let table = apiAccess + aggregationLayer + workload + apiService + metrics + kubelets
}

extension Judgement {
    /// What a missing answer results in: one that was forbidden proves nothing, any other is a failure of kube-apiserver.
    static func unread(_ answer: Answer, what: String) -> Judgement {
        switch answer {
        case .refused(403, let message):
            .notChecked("the caller may not read \(what): \(message)", code: .mayNotRead)
        case .refused(401, let message): .failed(Finding(.credentialsRefused, message))
        case .refused(let code, let message):
            .failed(Finding(.apiServerErrs, "\(what): HTTP \(code)\(message.isEmpty ? "" : ": \(message)")"))
        // Claims are judged where kube-apiserver answers: this question alone got nothing.
        case .unanswered(let silence) where silence.code == .apiServerUnreachable:
            .failed(Finding(.apiServerErrs, "\(what): \(silence.reason)"))
        case .unanswered(let silence): .failed(silence.finding)
        case .notAsked: .notChecked("\(what) was not read, because what leads to it is not known")
        case .object: .notApplicable
        }
    }
}
