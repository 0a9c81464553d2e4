// SPDX-License-Identifier: Apache-2.0

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
