// SPDX-License-Identifier: Apache-2.0

internal import Core

/// What kube-apiserver's own words about its connection to the backend mean, beside what other questions show.
struct ConnectionFailure {
    private let evidence: Evidence

    init(_ evidence: Evidence) { self.evidence = evidence }

    /// - Parameters:
    ///   - message: kube-apiserver's words, or this program's where it dials the backend itself.
    ///   - text: the sentence that quotes them.
    ///   - subject: what the finding is about.
    /// - Returns: nil where no signature knows the words.
    func finding(_ message: String, _ text: String, about subject: Subject = .cluster) -> Finding? {
        guard let code = Catalogue.cause(of: message, in: .connection) else { return nil }
        // A plain server ends a handshake that it does not know in the same way as a mesh does.
        if code == .connectionClosed, let answer = plainAnswer {
            return Finding(.backendSpeaksPlainHTTP, about: subject, "\(text); but it answers plain HTTP (\(answer))")
        }
        return Finding(code, about: subject, text, hint: ConnectionHint(evidence).hint(code, message))
    }

    /// What the backend says to plain HTTP; nil where that was not asked, or is no answer of its own.
    private var plainAnswer: String? {
        switch evidence[.plainHTTP] {
        case .object: "HTTP 200"
        case .refused(let code, let message):
            // kube-apiserver's own answers: what the caller may not, and what it did not reach.
            [403, 502, 503, 504].contains(code) || message.contains("HTTPS") ? nil : "HTTP \(code)"
        case .unanswered, .notAsked: nil
        }
    }
}

/// Whom a server's refusal names: `User "NAME" cannot …` (k8s.io/apiserver, endpoints/handlers/responsewriters).
enum RefusedUser {
    /// Who shows no certificate that is taken.
    static let anonymous = "system:anonymous"

    /// nil where the refusal names nobody, as a proxy's does.
    static func name(in message: String) -> String? {
        message.firstMatch(of: /[Uu]ser "([^"]*)"/).map { String($0.output.1) }
    }
}
