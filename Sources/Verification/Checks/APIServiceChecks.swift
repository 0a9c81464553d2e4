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
                    Finding(
                        .apiServiceMissing, "APIService \(evidence.apiServiceName) does not exist",
                        hint: evidence.isMetrics ? nil : "kubectl get apiservices"))
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
            return Finding(
                .identityLost, "\(what) is forbidden to every caller but by mistake: \(message)")
        }
        return Finding(.conditionStale, "\(what) answers HTTP \(code): \(message)")
    }
}

/// What an Available condition that is not True says (kube-aggregator, remote_available_controller.go).
struct AvailableCondition {
    private let reason: String
    private let message: String
    private let hasPublishedCA: Bool
    private let isMetrics: Bool

    init(_ condition: JSONValue, _ evidence: Evidence) {
        reason = (condition["reason"].string ?? "").escapingControls
        message = (condition["message"].string ?? "").escapingControls
        hasPublishedCA = PublishedAuthentication(evidence)?.requestHeaderCA != nil
        isMetrics = evidence.isMetrics
    }

    var finding: Finding {
        let text = "\(reason): \(message)"
        switch reason {
        // What is true of the Service at this moment, another check says.
        case "ServiceNotFound": return Finding(.serviceMissing, text, patience: Catalogue.probeInterval)
        case "ServicePortError": return Finding(.servicePortMismatch, text, patience: Catalogue.probeInterval)
        case "EndpointsNotFound": return Finding(.endpointsMissing, text)
        case "MissingEndpoints": return Finding(.noReadyAddresses, text)
        case "FailedDiscoveryCheck": return discovery(text)
        default: return Finding(.conditionOther, text)
        }
    }

    /// The order matters: a message may quote a URL, and proxies speak of refused connections too.
    private func discovery(_ text: String) -> Finding {
        if message.contains("proxyconnect") || message.contains("Proxy Error") || message.hasSuffix(": Forbidden") {
            return Finding(.proxyInBetween, text)
        }
        if message.contains("No agent available") { return Finding(.noTunnelAgent, text) }
        if message.contains("x509:") || message.contains("tls:") { return Finding(.backendNotTrusted, text) }
        if message.contains("bad status") || message.contains("status code") {
            if message.hasSuffix(": 401") {
                return Finding(
                    .clientCertificateRejected,
                    "the backend rejects kube-apiserver's client certificate (\(message)): not signed by the published CA, "
                        + "not of an allowed name, or outside its dates")
            }
            if message.hasSuffix(": 403") {
                return Finding(
                    .noClientCertificate, "kube-apiserver's calls arrive as system:anonymous (\(message))")
            }
            return Finding(.backendBadStatus, text)
        }
        if message.contains("connection refused") { return Finding(.backendRefuses, text) }
        if message.contains("no route to host") || message.contains("network is unreachable") {
            return Finding(.backendNoRoute, text)
        }
        if message.contains("deadline exceeded") || message.contains("i/o timeout") || message.contains("timed out")
            || message.contains("Client.Timeout")
        {
            return Finding(.backendTimesOut, text)
        }
        return Finding(.conditionOther, text)
    }
}
