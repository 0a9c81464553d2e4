// SPDX-License-Identifier: Apache-2.0

public import Core
internal import KubernetesClient

/// What a claim results in.
public enum Verdict: Sendable, Equatable {
    /// It holds; the text is what was seen, for the reader who wants to know.
    case passed(String)
    case warning(Finding)
    case failed(Finding)
    /// It fails too, and is well again with what `of` names.
    case consequence(Finding, of: FindingCode)
    /// It was not checked, and why: it explains nothing and proves nothing.
    case notChecked(Unchecked)
}

/// Why a claim was not checked.
public struct Unchecked: Sendable, Equatable {
    /// In one sentence.
    public let because: String
    /// What would let it be checked; nil where that follows from another claim.
    public let hint: Hint?
    /// The catalogue's name for the obstacle, where it has one.
    public let code: FindingCode?

    init(_ because: String, hint: Hint? = nil, code: FailureCode? = nil) {
        self.because = because.withoutSecrets.inOneLine
        self.hint = hint ?? code.map { Catalogue.cause($0).fix }
        self.code = code.map { FindingCode($0) }
    }

    private init(because: String, hint: Hint?, code: FindingCode?) {
        self.because = because
        self.hint = hint
        self.code = code
    }

    func filled(_ fill: (Hint) -> Hint) -> Unchecked {
        Unchecked(because: because, hint: hint.map(fill), code: code)
    }
}
