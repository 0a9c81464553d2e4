// SPDX-License-Identifier: Apache-2.0

internal import Core
public import KubernetesClient

/// What the API server said to one question.
public enum Answer: Sendable, Equatable {
    /// 2xx, with the object.
    case object(JSONValue)
    /// Any other HTTP status, with the reason in the server's words.
    case refused(code: Int, message: String)
    /// No HTTP answer at all, and why.
    case unanswered(Silence)
    /// The question did not arise: what it depends on is not known.
    case notAsked

    /// The object, where there is one.
    public var object: JSONValue? {
        if case .object(let value) = self { value } else { nil }
    }

    /// Whether the server said that there is no such thing.
    public var isMissing: Bool {
        if case .refused(404, _) = self { true } else { false }
    }
}

/// Why a question got no HTTP answer.
public struct Silence: Sendable, Equatable, Codable {
    /// The cause, as far as the connection itself shows it.
    public let code: FailureCode
    /// What happened, in one sentence.
    public let summary: String
    /// The same without the request before it.
    public let reason: String
    /// What to do, in the words of whoever noticed it; nil for the catalogue's.
    public let hint: String?

    public init(_ code: FailureCode, _ summary: String, reason: String? = nil, hint: String? = nil) {
        self.code = code
        self.summary = summary.withoutSecrets.inOneLine
        self.reason = (reason ?? summary).withoutSecrets.inOneLine
        self.hint = hint?.withoutSecrets.inOneLine
    }

    private enum CodingKeys: String, CodingKey { case code, summary, reason, hint }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try members.decode(FailureCode.self, forKey: .code), try members.decode(String.self, forKey: .summary),
            reason: try members.decodeIfPresent(String.self, forKey: .reason),
            hint: try members.decodeIfPresent(String.self, forKey: .hint))
    }

    /// The same as a finding.
    var finding: Finding { Finding(code, summary, hint: hint.map { .advice($0) }) }
}

extension Answer: Codable {
    private enum Kind: String, CodingKey { case object, refused, unanswered }

    private struct Refusal: Codable {
        let code: Int
        let message: String
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Kind.self)
        if let object = try members.decodeIfPresent(JSONValue.self, forKey: .object) {
            self = .object(object)
        } else if let refusal = try members.decodeIfPresent(Refusal.self, forKey: .refused) {
            self = .refused(code: refusal.code, message: refusal.message)
        } else {
            self = .unanswered(try members.decode(Silence.self, forKey: .unanswered))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Kind.self)
        switch self {
        case .object(let object): try members.encode(object, forKey: .object)
        case .refused(let code, let message):
            try members.encode(Refusal(code: code, message: message), forKey: .refused)
        case .unanswered(let silence): try members.encode(silence, forKey: .unanswered)
        case .notAsked: break
        }
    }

    /// The same, with the fields that are kept.
    func selecting(_ kept: KeptFields) -> Answer {
        if case .object(let object) = self { .object(kept.selected(from: object)) } else { self }
    }
}
