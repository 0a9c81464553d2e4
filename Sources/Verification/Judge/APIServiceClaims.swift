// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

extension ClaimRow {
    static let apiService = [
        ClaimRow(.available, .apiService, "the APIService is Available", judge: AvailableClaim.judge),
        ClaimRow(
            .discoveryAnswers, .apiService, "discovery answers through the aggregator", judge: DiscoveryClaim.judge),
        ClaimRow(
            .callerArrives, .apiService, "the caller arrives at the backend under their own name",
            judge: CallerClaim.judge),
        ClaimRow(
            .reviewsAnswered, .apiService, "callers who are no administrators get through", judge: ReviewsClaim.judge),
        ClaimRow(
            .backendVerified, .apiService, "kube-apiserver verifies the backend's certificate",
            judge: BackendTrustClaim.judge),
        ClaimRow(
            .apiServersAgree, .apiService, "every API server reaches the backend by itself",
            judge: APIServersClaim.judge),
        ClaimRow(
            .unknownUserRefused, .apiService, "the backend refuses an unknown user by name",
            judge: UnknownUserClaim.judge),
    ]
}

/// The condition, as the aggregator has written it.
enum AvailableClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        switch evidence[.apiService] {
        case .refused(404, _):
            return .failed(Finding(.apiServiceMissing, "APIService \(evidence.apiServiceName) does not exist"))
        case .object(let apiService):
            guard apiService["spec"]["service"].object != nil else {
                return .passed("served by kube-apiserver itself", from: .condition)
            }
            let condition = apiService.available
            guard condition != .null else {
                return .failed(
                    Finding(.conditionMissing, "the aggregator has not looked at \(evidence.apiServiceName) yet"),
                    from: .condition)
            }
            if condition["status"].string == "True" {
                return .passed(condition["reason"].string ?? "", from: .condition)
            }
            return .failed(AvailableCondition(condition, evidence).finding, from: .condition)
        default: return .unread(evidence[.apiService], what: "the APIService")
        }
    }
}

/// A request through the aggregator that every caller may make.
enum DiscoveryClaim {
    /// Groups whose servers offer what other objects define: nothing defined yet is nothing broken.
    private static let mayBeEmpty: Set = ["custom.metrics.k8s.io", "external.metrics.k8s.io"]

    static func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.groupVersionPath != nil else { return .notChecked("the APIService was not read") }
        switch evidence[.discovery] {
        case .object(let discovery):
            let names = (discovery["resources"].array ?? []).compactMap { $0["name"].string?.inOneLine }
            guard names.isEmpty else { return .passed(names.shortened) }
            guard let group = evidence.group, mayBeEmpty.contains(group) else {
                return .failed(Finding(.discoveryEmpty, "\(evidence.apiServiceName) offers no resource"))
            }
            return .passed("no metric is offered yet")
        case .refused(let code, let message):
            return .failed(LiveFailure(evidence, "discovery", isDiscovery: true).finding(code, message))
        case .unanswered(let silence):
            return .failed(LiveFailure(evidence, "discovery", isDiscovery: true).finding(silence))
        case .notAsked: return .notChecked("the APIService was not read")
        }
    }
}

/// A request that the backend has to authorize: it shows under whose name the caller arrives.
enum CallerClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.groupVersionPath != nil else { return .notChecked("the APIService was not read") }
        let failure = LiveFailure(evidence, "GET \(evidence.readingPath)")
        switch evidence[.reading] {
        case .object: return .passed("GET \(evidence.readingPath)")
        case .refused(403, let message): return .failed(refused(message, evidence))
        case .refused(let code, let message): return .failed(failure.finding(code, message))
        case .unanswered(let silence): return .failed(failure.finding(silence))
        case .notAsked:
            return .notChecked(
                evidence[.discovery].object == nil
                    ? "discovery did not answer" : "the API offers no resource that can be listed")
        }
    }

    private static func refused(_ message: String, _ evidence: Evidence) -> Finding {
        let path = evidence.readingPath
        guard evidence.isAllowed == true else { return CallerDenied.finding(message, evidence) }
        if let published = PublishedAuthentication(evidence), published.requestHeaderCA != nil,
            published.groupHeaders.isEmpty
        {
            return Finding(
                .groupHeadersMissing,
                "kube-apiserver lets the caller list \(path) by a group, and groups do not arrive: \(message)")
        }
        if let name = evidence.callerName, message.contains("\"\(name)\"") {
            return Finding(
                .callerDenied,
                "kube-apiserver lets the caller list \(path), the backend refuses them under their own name: \(message)"
            )
        }
        if let finding = BrokenReviews(evidence).finding(message) { return finding }
        switch RefusedUser.name(in: message) {
        // A proxy before the backend names nobody.
        case nil:
            return Finding(
                .backendBadStatus, "kube-apiserver lets the caller list \(path), and HTTP 403 comes back: \(message)")
        case RefusedUser.anonymous:
            return Finding(
                .noClientCertificate,
                "kube-apiserver lets the caller list \(path), and they arrive without a name: \(message)")
        default:
            return Finding(
                .identityLost,
                "kube-apiserver lets the caller list \(path), the backend takes them for somebody else: \(message)")
        }
    }
}

/// A caller whom kube-apiserver does not let read the API.
enum CallerDenied {
    static func finding(_ message: String, _ evidence: Evidence) -> Finding {
        guard evidence.isMetrics else {
            return Finding(
                .callerDenied, message,
                hint: .look(
                    "kubectl get clusterroles -o yaml", "which role grants list in \(evidence.group ?? "this API")?"))
        }
        // In kube-apiserver's words (k8s.io/apiserver, pkg/endpoints/handlers/responsewriters): User "NAME" cannot …
        guard let user = message.firstMatch(of: /User "([^"]+)" cannot/).map({ String($0.output.1) }) else {
            return Finding(
                .callerDenied, message,
                hint: .look(
                    "kubectl get clusterrole system:aggregated-metrics-reader -o yaml",
                    "it grants pods and nodes of metrics.k8s.io; bind it, or view, to the caller"))
        }
        return Finding(.callerDenied, message, hint: binding(to: user))
    }

    /// What an administrator types.
    private static func binding(to user: String) -> Hint {
        let account = user.wholeMatch(of: /system:serviceaccount:([^:]+):([^:]+)/)?.output
        let subject: Command =
            account.map { "--serviceaccount=\(String($0.1).inOneLine):\(String($0.2).inOneLine)" }
            ?? "--user=\(user.inOneLine)"
        let name = "metrics-of-\(account.map { String($0.2) } ?? user)".inOneLine
        return .fix(
            "kubectl create clusterrolebinding \(name) --clusterrole=system:aggregated-metrics-reader \(subject)",
            "lets them list pods and nodes of metrics.k8s.io; an administrator types it")
    }
}

/// Callers about whom the backend has to ask kube-apiserver.
enum ReviewsClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        if let finding = BrokenReviews(evidence).ofOwnQuestion { return .failed(finding) }
        let user = Delegate.user
        switch evidence[.review] {
        case .object: return .passed("as \(user)")
        case .refused(403, let message) where message.contains("cannot impersonate"):
            // An administrator may: the caller is none, so that the backend has asked about them.
            return evidence[.reading].object == nil
                ? .notChecked("no request got through to the backend")
                : .passed("the caller, who is no administrator")
        case .refused(403, let message):
            if let finding = BrokenReviews(evidence).finding(message) { return .failed(finding) }
            guard let name = RefusedUser.name(in: message) else {
                return .notChecked("a request as \(user) is refused without a name: \(message)")
            }
            guard name == user else {
                return .failed(Finding(.identityLost, "the backend takes \(user) for somebody else: \(message)"))
            }
            return .notChecked("\(user) may not list pods of \(evidence.group ?? "this API"): \(message)")
        case .refused(401, let message):
            return .failed(Finding(.backendBadStatus, "a request as \(user) answers 401: \(message)"))
        case .refused(let code, let message):
            return .failed(LiveFailure(evidence, "a request as \(user)").finding(code, message))
        case .unanswered(let silence): return .notChecked(silence.summary)
        case .notAsked:
            return evidence.isMetrics ? .notChecked("no request got through to the backend") : .notApplicable
        }
    }
}
