// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// One cause met on this cluster, with the evidence and what to type.
public struct Finding: Sendable, Equatable, Codable {
    public let code: FailureCode
    /// What was seen, in one sentence that names the object.
    public let summary: String
    /// What to type or change next.
    public let hint: String
    /// How long this may last and still mend itself.
    public var patience: Duration

    private enum CodingKeys: String, CodingKey { case code, summary, hint }

    public init(_ code: FailureCode, _ summary: String, hint: String? = nil, patience: Duration? = nil) {
        let entry = Catalogue.entry(code)
        self.code = code
        // One line, whatever the server put into it.
        self.summary = summary.withoutSecrets.inOneLine
        self.hint = (hint ?? entry.fix).inOneLine
        self.patience = patience ?? entry.patience
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try container.decode(FailureCode.self, forKey: .code),
            try container.decode(String.self, forKey: .summary),
            hint: try container.decode(String.self, forKey: .hint))
    }
}

/// What a check came to.
public enum Verdict: Sendable, Equatable {
    /// It holds; the text is what was seen, for the reader who wants to know.
    case passed(String)
    case warning(Finding)
    case failed(Finding)
    /// It fails too, and mends itself with what `of` names.
    case consequence(Finding, of: FailureCode)
    /// The question got no answer; says why. Explains nothing and proves nothing.
    case couldNotAsk(Finding)
}

/// Where in the chain a check stands; reports are grouped so.
public enum CheckGroup: String, Sendable, CaseIterable, Codable {
    case apiAccess = "API access"
    case aggregationLayer = "aggregation layer"
    case workload = "workload"
    case apiService = "APIService"
    case metrics = "metrics"
    case kubelets = "kubelets"
}

/// One thing that must hold, with the pure function that judges it.
///
/// Asking is `Questions`' part, showing the command's: a check reads evidence only, never another check's verdict.
public struct Check: Sendable {
    public let group: CheckGroup
    /// The claim, as a sentence that is true when the check passes.
    public let claim: String
    let judge: @Sendable (Evidence) -> Verdict?

    /// - Parameter judge: nil where the check does not apply to what is asked about.
    init(_ group: CheckGroup, _ claim: String, judge: @escaping @Sendable (Evidence) -> Verdict?) {
        self.group = group
        self.claim = claim
        self.judge = judge
    }
}

extension String {
    /// A server's text as reports have room for it: in one line, its control characters escaped.
    var inOneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ").escapingControls }
}
