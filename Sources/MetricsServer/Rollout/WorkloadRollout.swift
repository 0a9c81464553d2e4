// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// How far the Deployment's newest version has come, until its pods are ready and the older ones gone.
struct WorkloadRollout {
    private let deployment: JSONValue
    private let replicaSets: [JSONValue]
    private let pods: [JSONValue]

    init(deployment: JSONValue, replicaSets: [JSONValue], pods: [JSONValue]) {
        self.deployment = deployment
        self.replicaSets = replicaSets
        self.pods = pods
    }

    /// Nil when there is nothing more to wait for.
    func status(now: Date) -> RolloutStatus? {
        let status = deployment["status"]
        let generation = deployment["metadata"]["generation"].int ?? 0
        guard let observed = status["observedGeneration"].int, observed >= generation else {
            return RolloutStatus(.controller, "the controller manager to see the Deployment")
        }
        let wanted = deployment["spec"]["replicas"].int ?? 1
        let updated = max(0, status["updatedReplicas"].int ?? 0)
        if updated < wanted { return withoutPods() }
        let newest = newestPods()
        if newest.count < wanted { return withoutPods() }
        // The pod that is furthest behind is what the rollout waits for.
        let behind = newest.compactMap { PodRollout($0).status(now: now) }.min { left, right in
            (left.timeMends ? 1 : 0, left.stage) < (right.timeMends ? 1 : 0, right.stage)
        }
        if let behind { return behind }
        let total = status["replicas"].int ?? updated
        if total > updated {
            return RolloutStatus(.readiness, "\(Self.pods(total - updated)) of the former version to end")
        }
        guard (status["availableReplicas"].int ?? 0) >= wanted else {
            return RolloutStatus(.readiness, "the Deployment to count its ready pod")
        }
        return nil
    }

    private func withoutPods() -> RolloutStatus {
        let failure = deployment.condition("ReplicaFailure")
        guard failure["status"].string == "True" else {
            return RolloutStatus(.controller, "the controller manager to make the pod")
        }
        let message = failure["message"].string ?? ""
        // The ServiceAccount, and in it the token, may come a moment later.
        let isLate =
            message.contains("serviceaccount") && message.contains("not found") || message.contains("no API token")
        return RolloutStatus(
            .controller, "the API server to admit the pod", detail: message, timeMends: isLate)
    }

    /// The pods of the newest version, without those that are on their way out.
    private func newestPods() -> [JSONValue] {
        let living = pods.filter { pod in
            let phase = pod["status"]["phase"].string
            return pod["metadata"]["deletionTimestamp"] == .null && phase != "Failed" && phase != "Succeeded"
        }
        guard let hash = newestHash(living) else { return living }
        return living.filter { Self.hash($0) == hash }
    }

    private func newestHash(_ living: [JSONValue]) -> String? {
        let revision = { (set: JSONValue) in
            set["metadata"]["annotations"]["deployment.kubernetes.io/revision"].string.flatMap { Int64($0) } ?? 0
        }
        if let newest = replicaSets.max(by: { revision($0) < revision($1) }), let hash = Self.hash(newest) {
            return hash
        }
        // Times of the API are in UTC and of one length, so that their texts are in their order.
        let newest = living.max { left, right in
            (left["metadata"]["creationTimestamp"].string ?? "") < (right["metadata"]["creationTimestamp"].string ?? "")
        }
        return newest.flatMap(Self.hash)
    }

    private static func hash(_ object: JSONValue) -> String? {
        object["metadata"]["labels"]["pod-template-hash"].string
    }

    private static func pods(_ count: Int64) -> String { count == 1 ? "the pod" : "\(count) pods" }
}
