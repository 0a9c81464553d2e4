// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

extension Evidence {
    /// The evidence as others may see it: no field that judging does not look at, no secret in those that it does.
    /// Names and addresses stay: verdicts name them.
    public var redacted: Evidence {
        var redacted = self
        for row in QuestionRow.table { redacted[row.question] = self[row.question].selecting(row.kept).withoutSecrets }
        redacted[.podPage] = .notAsked
        redacted[.served] = self[.served].withoutSecrets
        return redacted
    }
}

extension Answer {
    fileprivate var withoutSecrets: Answer {
        switch self {
        case .object(let object): .object(object.mapText(\.withoutSecrets))
        case .refused(let code, let message): .refused(code: code, message: message.withoutSecrets)
        case .unanswered, .notAsked: self
        }
    }
}
