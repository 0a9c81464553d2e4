// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import KubernetesClient

/// Who lives on metrics: autoscalers, some of which get none however well the chain works.
extension Questions {
    /// The reason of a condition that says so (k8s.io/kubernetes, pkg/controller/podautoscaler/horizontal.go).
    static let starved = "FailedGetResourceMetric"
    /// Where autoscaling/v1 keeps conditions (pkg/apis/autoscaling/annotations.go).
    private static let annotation = "autoscaling.alpha.kubernetes.io/conditions"

    func starvedAutoscalers() async -> Answer {
        do {
            let list = try await client.list(.autoscalers, fromCache: true) { (autoscaler: JSONValue) -> JSONValue? in
                let metadata = autoscaler["metadata"]
                guard let text = metadata["annotations"][Self.annotation].string,
                    text.contains(Self.starved), let conditions = try? JSONValue.parse(Array(text.utf8))
                else { return nil }
                return [
                    "metadata": ["name": metadata["name"], "namespace": metadata["namespace"]],
                    "status": ["conditions": conditions],
                ]
            }
            return .object(["items": .array(list.items)])
        } catch { return Self.answer(error) }
    }
}

/// What an autoscaler misses that no metrics server can give it: a share of a request that its pods do not make.
enum AutoscalersCheck {
    /// What cannot be read proves nothing of the chain, so that it is left out.
    static func judge(_ evidence: Evidence) -> Verdict? {
        guard evidence.isMetrics, evidence.reading.object != nil else { return nil }
        let starved = (evidence.autoscalers.object?.items ?? []).compactMap { autoscaler -> (JSONValue, String)? in
            // The others' reasons pass with the metrics that came a moment ago, or are other checks' to tell.
            let message = autoscaler["status"]["conditions"].array?.lazy.compactMap { $0["message"].string }
                .first { $0.contains("missing request for") }
            return message.map { (autoscaler, $0) }
        }
        guard let (first, message) = starved.first else { return nil }
        let namespace = ShellWord.quoted((first["metadata"]["namespace"].string ?? "").inOneLine)
        let names = Check.shortened(starved.map { Check.key($0.0) })
        return .warning(
            Finding(
                .autoscalerWithoutRequest, "\(names): \(message)",
                hint: "kubectl -n \(namespace) describe hpa \(ShellWord.quoted((first.name ?? "").inOneLine))"
                    + "   # then set resources.requests in what it scales"))
    }
}
