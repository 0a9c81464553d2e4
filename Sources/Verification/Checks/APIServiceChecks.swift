// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

extension Check {
    static let apiServiceChecks =
        conditionChecks + [
            Check(.apiService, "kube-apiserver verifies the backend's certificate", judge: BackendTrustCheck.judge),
            Check(.apiService, "every API server reaches the backend by itself", judge: APIServersCheck.judge),
            Check(.apiService, "a user that nobody knows is refused under that very name", judge: StrangerCheck.judge),
        ]

    private static let conditionChecks = [
        Check(.apiService, "the APIService is Available") { evidence in
            switch evidence.apiService {
            case .refused(404, _):
                return .failed(
                    Finding(.apiServiceMissing, "APIService \(evidence.apiServiceName) does not exist"))
            case .object(let apiService):
                guard apiService["spec"]["service"].object != nil else {
                    return .passed("served by kube-apiserver itself")
                }
                let condition = apiService["status"]["conditions"].array?.first { $0["type"].string == "Available" }
                guard let condition else {
                    return .failed(
                        Finding(.conditionMissing, "the aggregator has not looked at \(evidence.apiServiceName) yet"))
                }
                if condition["status"].string == "True" { return .passed(condition["reason"].string ?? "") }
                return .failed(AvailableCondition(condition, evidence).finding)
            default: return unread(evidence.apiService)
            }
        },
        Check(.apiService, "discovery answers through the aggregator") { evidence in
            switch evidence.discovery {
            case .object(let discovery):
                let names = (discovery["resources"].array ?? []).compactMap { $0["name"].string?.escapingControls }
                return names.isEmpty
                    ? .failed(Finding(.discoveryEmpty, "\(evidence.apiServiceName) offers no resource"))
                    : .passed(names.joined(separator: ", "))
            case .refused(let code, let message):
                return .failed(liveFailure(code, message, what: "discovery", evidence))
            case .unanswered(let finding): return .failed(finding)
            case .notAsked: return nil
            }
        },
        Check(.apiService, "the caller arrives at the backend under their own name") { evidence in
            let allowed = evidence.access.object?["status"]["allowed"].bool
            switch evidence.reading {
            case .object: return .passed("GET \(evidence.readingPath)")
            case .refused(403, let message) where allowed == true:
                if let published = PublishedAuthentication(evidence), published.requestHeaderCA != nil,
                    published.groupHeaders.isEmpty
                {
                    return .failed(
                        Finding(
                            .groupHeadersMissing,
                            "the API server lets the caller list \(evidence.readingPath), by a group that does not arrive: "
                                + message))
                }
                if let name = evidence.callerName, message.contains("\"\(name)\"") {
                    return .failed(
                        Finding(
                            .callerDenied,
                            "the API server lets the caller list \(evidence.readingPath), the backend refuses them under "
                                + "their own name: \(message)"))
                }
                return .failed(
                    Finding(
                        .identityLost,
                        "the API server lets the caller list \(evidence.readingPath), the backend takes them for somebody else: \(message)"
                    ))
            case .refused(403, let message):
                return .failed(Finding(.callerDenied, message))
            case .refused(let code, let message):
                return .failed(liveFailure(code, message, what: "GET \(evidence.readingPath)", evidence))
            case .unanswered(let finding): return .failed(finding)
            case .notAsked: return nil
            }
        },
    ]

    /// A request that failed although, or because, of what the condition says.
    private static func liveFailure(_ code: Int, _ message: String, what: String, _ evidence: Evidence) -> Finding {
        if message.contains("x509:") || message.contains("certificate") {
            return Finding(
                .backendNotTrusted, "\(what): \(message)",
                hint: evidence.isMetrics
                    ? nil : "kubectl get apiservice \(evidence.apiServiceName) -o yaml   # whose CA is spec.caBundle?")
        }
        if code == 401 { return Finding(.clientCertificateRejected, "\(what) answers 401: \(message)") }
        if code == 403 {
            // kube-apiserver itself asks whether the caller may, before it asks the backend.
            guard evidence.access.object?["status"]["allowed"].bool == true else {
                return Finding(.callerDenied, "\(what) answers HTTP 403: \(message)")
            }
            return Finding(
                .identityLost, "\(what) is forbidden to every caller but by mistake: \(message)")
        }
        return Finding(.conditionStale, "\(what) answers HTTP \(code): \(message)")
    }
}
