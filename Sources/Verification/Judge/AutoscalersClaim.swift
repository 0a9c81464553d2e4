// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// What autoscalers miss: a share of a request that their pods do not make, or a metric that nobody gives them.
enum AutoscalersClaim {
    /// What an autoscaler says for up to 15 s more after the resource metrics API works again (pkg/controller/podautoscaler,
    /// metrics/client.go): the claims before this one have judged that API.
    private static let overtaken = ["from resource metrics API", "metrics.k8s.io)"]

    static func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.isMetrics else { return .notApplicable }
        guard evidence[.reading].object != nil else { return .notChecked("no metrics were read") }
        // A server without that API has no autoscaler to feed.
        if evidence[.autoscalers].isMissing { return .notApplicable }
        guard let autoscalers = evidence[.autoscalers].object?.items else {
            return .unread(evidence[.autoscalers], what: "HorizontalPodAutoscalers").besides
        }
        let starved = autoscalers.compactMap { autoscaler -> Starved? in
            (autoscaler["status"]["conditions"].array ?? []).first(where: \.isStarved).map {
                Starved(autoscaler, $0["message"].string ?? $0["reason"].string ?? "")
            }
        }
        let unrequested = starved.filter { $0.message.contains("missing request for") }
        if let first = unrequested.first {
            return .warning(
                Finding(
                    .autoscalerWithoutRequest,
                    "\(unrequested.map(\.key).shortened): \(first.message)\(others(starved, unrequested.count))",
                    hint: .look(
                        "kubectl -n \(first.namespace) describe hpa \(first.name)",
                        "then set resources.requests in the workload that it scales")))
        }
        let others = starved.filter { one in
            !one.isOfResources || !overtaken.contains { one.message.contains($0) }
        }
        guard let first = others.first else { return .passed("") }
        return .warning(
            Finding(
                .autoscalerWithoutMetric,
                "\(others.map(\.key).shortened): \(first.message)\(first.provider(evidence))",
                hint: .look("kubectl -n \(first.namespace) describe hpa \(first.name)")))
    }

    private static func others(_ starved: [Starved], _ told: Int) -> String {
        starved.count > told ? "; \((starved.count - told).of("other autoscaler")) without a metric" : ""
    }

    private struct Starved {
        let key: String
        let name: String
        let namespace: String
        let message: String

        init(_ autoscaler: JSONValue, _ message: String) {
            key = autoscaler.key
            name = (autoscaler.name ?? "").inOneLine
            namespace = (autoscaler["metadata"]["namespace"].string ?? "").inOneLine
            self.message = message
        }

        /// The API that serves other figures than those of pods' processor and memory; nil for these.
        private var otherGroup: String? {
            ["external.metrics.k8s.io", "custom.metrics.k8s.io"].first {
                message.contains($0) || message.contains("\($0.prefix { $0 != "." }) metrics API")
            }
        }

        var isOfResources: Bool { otherGroup == nil }

        /// What is wrong with that API, where it is one of those that are not Available.
        func provider(_ evidence: Evidence) -> String {
            guard let otherGroup,
                let away = (evidence[.otherAPIServices].object?.items ?? []).first(where: {
                    $0.name?.hasSuffix(".\(otherGroup)") == true
                })
            else { return "" }
            let reason = away.available["reason"].string.map { ": \($0)" } ?? ""
            return "; APIService \(away.name ?? "") is not Available\(reason)"
        }
    }
}

extension Judgement {
    /// The same where the answer matters to nothing else: it is no failure.
    var besides: Judgement {
        if case .failed(let finding, _) = self { .notChecked(finding.summary) } else { self }
    }
}
