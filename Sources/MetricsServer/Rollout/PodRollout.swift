// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// How far one pod has come, until it is ready.
struct PodRollout {
    private let pod: JSONValue

    init(_ pod: JSONValue) { self.pod = pod }

    private var name: String { "pod \(pod.name ?? "metrics-server")" }

    /// Nil for a pod that is ready.
    func status(now: Date) -> RolloutStatus? {
        if pod.condition("Ready")["status"].string == "True" { return nil }
        if let status = scheduling { return status }
        let containers = pod["status"]["containerStatuses"].array ?? []
        let node = pod["spec"]["nodeName"].string.map { " on \($0)" } ?? ""
        guard let container = containers.first(where: { $0["ready"].bool != true }) else {
            return RolloutStatus(
                containers.isEmpty ? .pulling : .readiness,
                containers.isEmpty ? "the kubelet\(node) to take up \(name)" : "\(name) to be called ready")
        }
        let state = container["state"]
        if state["waiting"] != .null { return waiting(container) }
        if state["terminated"] != .null { return ended(container) }
        guard state["running"] != .null else { return RolloutStatus(.starting, "\(name)\(node) to start") }
        return readiness(container, now: now)
    }

    private var scheduling: RolloutStatus? {
        let scheduled = pod.condition("PodScheduled")
        guard scheduled["status"].string != "True", pod["spec"]["nodeName"].string == nil else { return nil }
        guard scheduled["reason"].string == "Unschedulable" else {
            return RolloutStatus(.scheduling, "the scheduler to find a node for \(name)")
        }
        let message = scheduled["message"].string ?? ""
        return RolloutStatus(
            .scheduling, "a node that can take \(name)", detail: message, timeMends: Self.isPassing(message))
    }

    /// Whether nodes that are on their way up, or their first ones, may still take the pod.
    private static func isPassing(_ message: String) -> Bool {
        message.contains("no nodes available")
            || [
                "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable",
                "node.kubernetes.io/network-unavailable", "node.cloudprovider.kubernetes.io/uninitialized",
            ].contains(where: message.contains)
    }

    private func waiting(_ container: JSONValue) -> RolloutStatus {
        let reason = container["state"]["waiting"]["reason"].string ?? ""
        let message = container["state"]["waiting"]["message"].string ?? ""
        let image = "image \(container["image"].string ?? "")"
        switch reason {
        case "ContainerCreating", "PodInitializing", "":
            return RolloutStatus(.pulling, "the kubelet to pull \(image) and make the container", detail: message)
        case "ErrImagePull":
            // The first failure; the kubelet tries again, and may have met a registry in a bad moment.
            return RolloutStatus(
                .pulling, image, detail: "\(reason): \(message)", timeMends: !Self.isAbsent(message))
        case "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable":
            return RolloutStatus(.pulling, image, detail: "\(reason): \(message)", timeMends: false)
        case "CrashLoopBackOff":
            return RolloutStatus(.starting, "\(name) to stay up", detail: crash(container), timeMends: false)
        default:
            // CreateContainerConfigError, CreateContainerError, RunContainerError: the kubelet tries again in vain.
            return RolloutStatus(
                .starting, "\(name) to start", detail: message.isEmpty ? reason : "\(reason): \(message)",
                timeMends: false)
        }
    }

    /// What registries and runtimes say of an image that is not there, or not for this caller.
    private static func isAbsent(_ message: String) -> Bool {
        ["not found", "manifest unknown", "denied", "unauthorized", "403 Forbidden", "no match for platform"]
            .contains(where: message.contains)
    }

    private func ended(_ container: JSONValue) -> RolloutStatus {
        let terminated = container["state"]["terminated"]
        return RolloutStatus(
            .starting, "\(name) to be started again", detail: Self.end(terminated), timeMends: true)
    }

    private func crash(_ container: JSONValue) -> String {
        let restarts = container["restartCount"].int ?? 0
        return "\(Self.end(container["lastState"]["terminated"])), \(restarts) restart\(restarts == 1 ? "" : "s")"
    }

    private static func end(_ terminated: JSONValue) -> String {
        let reason = terminated["reason"].string ?? "ended"
        return terminated["exitCode"].int.map { "\(reason), exit code \($0)" } ?? reason
    }

    private func readiness(_ container: JSONValue, now: Date) -> RolloutStatus {
        let started = container["state"]["running"]["startedAt"].string.flatMap { try? Date($0, strategy: .iso8601) }
        let age = started.map { max(0, Int(now.timeIntervalSince($0))) }
        let usual = RolloutStatus.Stage.readiness.usualSeconds
        guard let age, age > usual.upperBound else {
            return RolloutStatus(
                .readiness, "\(name) to be ready: its probe begins \(usual.lowerBound) s after the start",
                detail: age.map { "runs for \($0) s" })
        }
        // Its probe asks whether a scrape has succeeded: this is where unverifiable kubelets show.
        return RolloutStatus(
            .readiness, "\(name) to have metrics of a node",
            detail: "runs for \(age) s and is not ready: see its log for what hinders it to scrape")
    }
}
