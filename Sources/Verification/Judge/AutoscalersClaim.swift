// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// What autoscalers miss: a share of a request that their pods do not make, or a metric that nobody gives them.
enum AutoscalersClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.isMetrics else { return .notApplicable }
        guard evidence[.reading].object != nil else { return .notChecked("no metrics were read") }
        guard let autoscalers = evidence[.autoscalers].object?.items else {
            return .notChecked("the caller may not list HorizontalPodAutoscalers")
        }
        let starved = autoscalers.compactMap { autoscaler -> (JSONValue, String)? in
            let message = (autoscaler["status"]["conditions"].array ?? []).lazy.compactMap { $0["message"].string }
                .first { $0.contains("missing request for") }
            return message.map { (autoscaler, $0) }
        }
        guard let (first, message) = starved.first else { return .passed("") }
        let namespace = (first["metadata"]["namespace"].string ?? "").inOneLine
        return .warning(
            Finding(
                .autoscalerWithoutRequest, "\(starved.map(\.0.key).shortened): \(message)",
                hint: .look(
                    "kubectl -n \(namespace) describe hpa \((first.name ?? "").inOneLine)",
                    "then set resources.requests in the workload that it scales")))
    }
}
