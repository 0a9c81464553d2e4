// SPDX-License-Identifier: Apache-2.0

internal import Core

/// The APIService: its condition, what it trusts, and what live requests show.
extension Catalogue {
    private static let aggregator = "kube-aggregator, remote_available_controller.go"
    private static let logs = Hint.look("kubectl -n \(.namespace) logs -l \(.podSelector) --tail=50")
    private static let compare = Hint.look(
        "kubectl -n default get endpoints kubernetes", "compare the flags and files of these hosts")

    static let apiService = [
        Cause(
            .apiServiceMissing, "The APIService does not exist.", fix: .fix("\(.installMetrics)"),
            elsewhere: .look("kubectl get apiservices", "apply the API's own manifests again"),
            seen: "APIService NotFound; kubectl: Metrics API not available", reference: "ms#1282, ms#1025",
            explains: [.conditionMissing]),
        Cause(
            .servedByNobody, "The APIService names no Service, and kube-apiserver itself does not serve that API.",
            fix: .fix("\(.installMetrics)", "names the Service again"),
            elsewhere: .look(
                "kubectl get apiservice \(.apiService) -o yaml", "apply the API's own manifests again, or delete it"),
            seen: "an APIService without spec.service, and HTTP 404", explains: .noMetrics),
        Cause(
            .conditionMissing, "The aggregator has not looked at the APIService yet.",
            fix: .look("kubectl get apiservices", "does any of them have a condition?"), patience: .seconds(40),
            seen: "an APIService without a condition", reference: aggregator),
        Cause(
            .backendBadStatus, "The backend answers the aggregator with an error.", fix: logs,
            patience: probeInterval, seen: "condition: FailedDiscoveryCheck … bad status", reference: aggregator,
            signatures: [Signature(.connection, ["bad status", "status code"])],
            explains: .noMetrics.and([.conditionOther, .conditionStale]), contradictedBy: [.discoveryAnswers]),
        Cause(
            .requestsFail,
            "The backend answers discovery, and other requests fail: it is overloaded, or one of several does not work.",
            fix: logs, patience: probeInterval, seen: "an answer to discovery; HTTP 5xx or silence for a list",
            explains: .noMetrics),
        Cause(
            .conditionOther, "The APIService is not available.",
            fix: .look("kubectl get apiservice \(.apiService) -o yaml", "status.conditions"),
            patience: probeInterval, seen: "an Available condition that is not True, with a reason of its own",
            reference: aggregator, explains: [.conditionStale], contradictedBy: [.discoveryAnswers]),
        Cause(
            .conditionStale, "The condition and live requests disagree: the condition may be 30 s old and more.",
            fix: logs, patience: probeInterval, seen: "condition True, and a live request that fails; or the reverse",
            reference: aggregator, explains: .noMetrics),
        Cause(
            .discoveryEmpty, "The backend answers, and offers no resource.", fix: logs,
            seen: "a group version without resources", explains: .noMetrics),
        Cause(
            .backendNotVerified,
            "kube-apiserver does not verify the backend's serving certificate (insecureSkipTLSVerify: true).",
            severity: .warning,
            fix: .fix("\(.installMetrics)", "serves with a certificate that kube-apiserver verifies"),
            elsewhere: .advice("set spec.caBundle of the APIService, and spec.insecureSkipTLSVerify: false"),
            seen: "insecureSkipTLSVerify: true", reference: "ms#544"),
        Cause(
            .backendCAEnds, "The CA that the APIService trusts its backend by ends within 30 days.",
            severity: .warning, fix: .fix("\(.installMetrics) --renew-serving-cert"),
            elsewhere: .advice("renew the backend's certificate and the APIService's caBundle"),
            seen: "a caBundle whose last certificate ends soon"),
        Cause(
            .someAPIServersCannotReach,
            "Some API servers cannot use the backend, others can: Available flaps, and requests fail by chance.",
            fix: compare, patience: probeInterval,
            seen: "Available flaps; aggregator_unavailable_apiservice differs between API servers",
            reference: "ms#58, puppetlabs#275", explains: .unavailable.and(.noMetrics).and(.oddServer)),
        Cause(
            .someAPIServersLoseIdentity,
            "Some API servers reach the backend, and it takes their callers for somebody else.", fix: compare,
            patience: probeInterval, seen: "HTTP 403 through one API server, and an answer through another",
            explains: [.identityLost, .callerDenied]),
        Cause(
            .someAPIServersCallItUnavailable,
            "Some API servers call the APIService unavailable in their own metrics, and reach it when asked.",
            severity: .warning,
            fix: .look("kbootstrap verify", "again in a minute: what they call it may be 30 s old"),
            seen: "aggregator_unavailable_apiservice 1, and an answer"),
    ]
}
