// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// Who lives on metrics: autoscalers, some of which get none however well the chain works.
extension Questions {
    /// Where autoscaling/v1, which every server has, keeps conditions (pkg/apis/autoscaling/annotations.go).
    private static let annotation = "autoscaling.alpha.kubernetes.io/conditions"

    func starvedAutoscalers() async -> Answer {
        do {
            let list = try await client.list(.autoscalers, fromCache: true) { (autoscaler: JSONValue) -> JSONValue? in
                let metadata = autoscaler["metadata"]
                guard let text = metadata["annotations"][Self.annotation].string,
                    let conditions = try? JSONValue.parse(Array(text.utf8)),
                    conditions.array?.contains(where: \.isStarved) == true
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

extension JSONValue {
    /// Whether a condition of an autoscaler says that it gets no figure for one of its metrics: FailedGet…Metric of any
    /// kind, or a selector that cannot be used (k8s.io/kubernetes, pkg/controller/podautoscaler/horizontal.go).
    var isStarved: Bool {
        guard self["type"].string == "ScalingActive", self["status"].string == "False" else { return false }
        let reason = self["reason"].string ?? ""
        return reason.hasPrefix("FailedGet") || reason.hasPrefix("Invalid")
    }
}
