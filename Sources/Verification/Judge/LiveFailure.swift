// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// What a request through the aggregator that fails shows.
struct LiveFailure {
    private let evidence: Evidence
    private let what: String
    private let isDiscovery: Bool

    /// - Parameters:
    ///   - what: the request, as the sentence begins.
    ///   - isDiscovery: whether it is the one that shows whether the backend is reached at all.
    init(_ evidence: Evidence, _ what: String, isDiscovery: Bool = false) {
        self.evidence = evidence
        self.what = what
        self.isDiscovery = isDiscovery
    }

    func finding(_ code: Int, _ message: String) -> Finding {
        let text = "\(what) answers HTTP \(code)" + (message.isEmpty ? "" : ": \(message)")
        guard evidence.namesService else {
            // Nobody stands between: the answer is kube-apiserver's own.
            switch code {
            case 403: return CallerDenied.finding(text, evidence)
            case 404: return Finding(.servedByNobody, text)
            default: return Finding(.apiServerErrs, text)
            }
        }
        // What the backend says of its own questions to kube-apiserver.
        if let finding = BrokenReviews(evidence).finding(message, text) { return finding }
        if code == 500, let cause = Catalogue.cause(of: message, in: .process) { return Finding(cause, text) }
        switch code {
        case 401:
            // The same certificate was taken for discovery.
            return Finding(evidence[.discovery].object == nil ? .clientCertificateRejected : .backendBadStatus, text)
        case 403 where message.contains("User \"system:anonymous\""):
            // The caller is known to kube-apiserver, and to the backend nobody was shown.
            return Finding(.noClientCertificate, text)
        case 403:
            // kube-apiserver itself asks whether the caller may, before it asks the backend.
            guard evidence.isAllowed == true else { return CallerDenied.finding(text, evidence) }
            return forbidden(message, text)
        default: break
        }
        // What fails while discovery answers is no failure of the whole way.
        guard isDiscovery || evidence[.discovery].object == nil else { return Finding(.requestsFail, text) }
        if let finding = ConnectionFailure(evidence).finding(message, text) { return finding }
        guard code >= 300 else {
            return Finding(.discoveryEmpty, "\(what) answers what is no Kubernetes API: \(message)")
        }
        // These are kube-apiserver's own, who does not ask a backend that it calls unavailable, or knows no API of that
        // name yet.
        let isItsOwn =
            (code == 503 && (message.isEmpty || message.contains("service unavailable")))
            || (code == 404 && evidence.isAvailable)
        return isItsOwn ? Finding(.conditionStale, text + conditionAge) : Finding(.backendBadStatus, text)
    }

    /// A refusal of the backend's: whom it takes the caller for, it says; a proxy before it names nobody.
    private func forbidden(_ message: String, _ text: String) -> Finding {
        switch RefusedUser.name(in: message) {
        case nil: Finding(.backendBadStatus, text)
        case RefusedUser.anonymous: Finding(.noClientCertificate, text)
        default: Finding(.identityLost, "\(what) is forbidden, and kube-apiserver allows it: \(message)")
        }
    }

    func finding(_ silence: Silence) -> Finding {
        // kube-apiserver answers, so that it is the backend that does not.
        guard evidence.namesService, evidence[.version].object != nil, silence.code == .apiServerUnreachable else {
            return silence.finding
        }
        let text = "\(what) gets no answer, while kube-apiserver answers: \(silence.reason)" + conditionAge
        return Finding(isDiscovery || evidence[.discovery].object == nil ? .backendTimesOut : .requestsFail, text)
    }

    /// How old the condition is, where it says True all the same.
    private var conditionAge: String {
        guard evidence.isAvailable, let age = evidence.conditionAge else { return "" }
        return "; the condition has said True for \(age) s"
    }
}
