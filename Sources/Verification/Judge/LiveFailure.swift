// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// What a request through the aggregator that fails shows.
struct LiveFailure {
    private let evidence: Evidence
    private let what: String

    /// - Parameter what: the request, as the sentence begins.
    init(_ evidence: Evidence, _ what: String) {
        self.evidence = evidence
        self.what = what
    }

    func finding(_ code: Int, _ message: String) -> Finding {
        let text = "\(what) answers HTTP \(code)" + (message.isEmpty ? "" : ": \(message)")
        switch code {
        case 401: return Finding(.clientCertificateRejected, text)
        case 403:
            // kube-apiserver itself asks whether the caller may, before it asks the backend.
            guard evidence.isAllowed == true else { return CallerDenied.finding(text, evidence) }
            return Finding(.identityLost, "\(what) is forbidden, and kube-apiserver allows it: \(message)")
        default: break
        }
        // What the backend says of its own questions to kube-apiserver.
        if code == 500 || code == 403, let cause = Catalogue.cause(of: message, in: .process) {
            return Finding(cause, text, hint: webhookHint(cause, message))
        }
        if let cause = Catalogue.cause(of: message, in: .connection) {
            return Finding(cause, text, hint: ConnectionHint(evidence).hint(cause, message))
        }
        if code == 500 || code == 502 || code == 504 { return Finding(.backendBadStatus, text) }
        return Finding(.conditionStale, text + conditionAge)
    }

    func finding(_ silence: Silence) -> Finding {
        // kube-apiserver answers, so that it is the backend that does not.
        guard evidence[.version].object != nil, silence.code == .apiServerUnreachable else { return silence.finding }
        return Finding(
            .backendTimesOut, "\(what) gets no answer, while kube-apiserver answers: \(silence.reason)" + conditionAge)
    }

    /// The webhook's name, where kube-apiserver tells it.
    private func webhookHint(_ cause: FailureCode, _ message: String) -> Hint? {
        guard cause == .webhookBreaksReviews,
            let name = message.firstMatch(of: /webhook "([^"\\]+)\\?"/)?.output.1
        else { return nil }
        return .look(
            "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml",
            "exclude subjectaccessreviews from the rules of webhook \(String(name).inOneLine)")
    }

    /// How old the condition is, where it says True all the same.
    private var conditionAge: String {
        guard let condition = evidence[.apiService].object?.available, condition["status"].string == "True",
            let since = condition["lastTransitionTime"].string.flatMap({ try? Date($0, strategy: .iso8601) })
        else { return "" }
        let age = Int(max(0, evidence.askedAt.timeIntervalSince(since)))
        return "; the condition has said True for \(age) s"
    }
}
