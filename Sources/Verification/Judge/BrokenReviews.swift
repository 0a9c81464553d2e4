// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// A backend that has to ask kube-apiserver about its callers, and gets no answer: by a missing right, or by an admission
/// webhook.
struct BrokenReviews {
    private let evidence: Evidence

    init(_ evidence: Evidence) { self.evidence = evidence }

    /// What an answer says of the backend's own questions about its callers, which kube-apiserver does not answer.
    ///
    /// - Parameter text: the sentence that quotes the answer; nil for the answer itself.
    /// - Returns: nil where it says nothing of them.
    func finding(_ message: String, _ text: String? = nil) -> Finding? {
        guard let cause = Catalogue.cause(of: message, in: .process),
            [.authorizationNotDelegated, .webhookBreaksReviews].contains(cause)
        else { return nil }
        return Finding(cause, text ?? message, hint: cause == .webhookBreaksReviews ? hint(message) : nil)
    }

    /// The same of this program's own question, which is a review too: it needs no backend.
    var ofOwnQuestion: Finding? {
        guard case .refused(_, let message) = evidence[.access], Self.name(in: message) != nil else { return nil }
        return Finding(
            .webhookBreaksReviews, "kube-apiserver does not answer a SelfSubjectAccessReview: \(message)",
            hint: hint(message))
    }

    /// - Parameter message: with the webhook's name, as kube-apiserver tells it: `failed calling webhook "NAME"`, or
    ///   `admission webhook "NAME" denied the request`.
    /// - Returns: nil where it is not told.
    func hint(_ message: String) -> Hint? {
        guard let name = Self.name(in: message) else { return nil }
        let exclusion = "exclude subjectaccessreviews and tokenreviews from the rules of webhook \(name)"
        guard let configuration = configuration(of: name) else {
            return .look("kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml", exclusion)
        }
        return .fix("kubectl edit \(configuration.kind) \(configuration.name)", exclusion)
    }

    static func name(in message: String) -> String? {
        message.firstMatch(of: /webhook \\?"([^"\\]+)\\?"/).map { String($0.output.1).inOneLine }
    }

    private func configuration(of webhook: String) -> (kind: String, name: String)? {
        for item in evidence[.webhooks].object?.items ?? []
        where item["webhooks"].array?.contains(where: { $0["name"].string == webhook }) == true {
            guard let kind = item["kind"].string, let name = item.name else { continue }
            return (kind.lowercased(), name.inOneLine)
        }
        return nil
    }
}
