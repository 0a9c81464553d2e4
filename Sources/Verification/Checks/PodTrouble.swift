// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import FoundationEssentials
internal import KubernetesClient

/// Why no pod of a workload is ready: the first reason that stands before the others.
struct PodTrouble {
    private let pods: [JSONValue]
    private let events: PodEvents
    private let isMetrics: Bool
    /// When a pod was created before, it has had the time to start; times of one form stand in the order of their letters.
    private let settled: String

    /// Volumes and networks come a while after the pod; in seconds.
    private static let start: TimeInterval = 20
    /// What was warned of earlier is history; in seconds.
    private static let recent: TimeInterval = 120

    init(_ evidence: Evidence) {
        pods = evidence.latestPods ?? []
        isMetrics = evidence.isMetrics
        events = PodEvents(
            evidence.events, since: evidence.askedAt.addingTimeInterval(-Self.recent).formatted(.iso8601))
        settled = evidence.askedAt.addingTimeInterval(-Self.start).formatted(.iso8601)
    }

    /// - Parameter namespace: as a shell must see it.
    func finding(namespace: String) -> Finding? {
        // One that is ready now has got over what it once met.
        for pod in pods where !pod.isReadyPod {
            let name = (pod.name ?? "").inOneLine
            let describe = "kubectl -n \(namespace) describe pod \(ShellWord.quoted(name))"
            let conditions = pod["status"]["conditions"].array ?? []
            if let scheduled = conditions.first(where: {
                $0["type"].string == "PodScheduled" && $0["status"].string == "False"
            }) {
                let message = scheduled["message"].string ?? "not scheduled"
                return Finding(
                    .podUnschedulable, "pod \(name): \(message)", hint: placementHint(message, namespace) ?? describe)
            }
            for container in pod["status"]["containerStatuses"].array ?? [] {
                if let finding = Self.ended(container, pod: name) ?? waiting(container, of: pod, namespace, describe) {
                    return finding
                }
            }
        }
        guard let pod = pods.first(where: { !$0.isReadyPod }) else { return nil }
        let name = (pod.name ?? "").inOneLine
        let phase = pod["status"]["phase"].string ?? "there"
        let said = events.last(of: name, [PodEvents.unhealthy]).map { ": \($0)" } ?? ""
        return Finding(
            .podNotReady, "pod \(name) is \(phase), and not ready\(said)",
            hint: "kubectl -n \(namespace) logs \(ShellWord.quoted(name))")
    }

    /// Why a container has not been started, or not again (kubelet, pkg/kubelet/images and kuberuntime: the reasons).
    private func waiting(
        _ container: JSONValue, of object: JSONValue, _ namespace: String, _ describe: String
    ) -> Finding? {
        let pod = (object.name ?? "").inOneLine
        let waiting = container["state"]["waiting"]
        let message = waiting["message"].string ?? ""
        let reason = waiting["reason"].string ?? ""
        switch reason {
        case "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull":
            let image = container["image"].string ?? ""
            return Finding(
                .imageNotPulled, "pod \(pod), image \(image): \(message)",
                hint: image.hasPrefix("k8s.gcr.io/")
                    ? "kbootstrap install-metrics   # k8s.gcr.io is frozen; the image is at registry.k8s.io"
                    : isMetrics ? "kbootstrap install-metrics --registry MIRROR   # one that the nodes reach" : describe
            )
        case "CrashLoopBackOff":
            let ended = container["lastState"]["terminated"]
            let last =
                (ended["exitCode"].int.map { ", exit code \($0)" } ?? "")
                + (ended["message"].string.map { ": \($0)" } ?? "")
            return Finding(
                .podCrashing, "pod \(pod) keeps ending\(last)",
                hint: "kubectl -n \(namespace) logs --previous \(ShellWord.quoted(pod))")
        case "CreateContainerConfigError", "CreateContainerError", "RunContainerError":
            return Finding(.containerNotMade, "pod \(pod): \(reason): \(message)", hint: describe)
        case "ContainerCreating", "PodInitializing":
            let created = object["metadata"]["creationTimestamp"].string ?? ""
            guard created < settled, let said = events.last(of: pod, PodEvents.creation) else { return nil }
            return Finding(.containerNotMade, "pod \(pod): \(said)", hint: describe)
        default: return nil
        }
    }

    /// What the scheduler's words ask for (kube-scheduler's plugins: their ErrReason constants).
    private func placementHint(_ message: String, _ namespace: String) -> String? {
        if let taint = Self.taintOfAll(message) {
            return "kubectl taint nodes --all \(taint)-   # if pods may run there"
        }
        guard isMetrics else { return nil }
        if message.contains("anti-affinity") {
            return "kbootstrap install-metrics   # without --ha, or add a node: each replica wants one of its own"
        }
        if message.contains("free ports") {
            return "kubectl -n \(namespace) delete pods -l k8s-app=metrics-server   # the pod before it holds the port"
        }
        if message.contains("node affinity") || message.contains("node selector") {
            return
                "kubectl label nodes --all kubernetes.io/os=linux   # where that label is missing: kubectl get nodes --show-labels"
        }
        return nil
    }

    /// The taint that keeps control planes free, where every node has it: `0/N nodes are available: N node(s) had …`.
    private static func taintOfAll(_ message: String) -> String? {
        guard let all = message.firstMatch(of: /^0\/([0-9]+) nodes/)?.output.1,
            let found = message.firstMatch(
                of:
                    /([0-9]+) node\(s\) had (?:untolerated )?taint \{(node-role\.kubernetes\.io\/(?:control-plane|master)):/
            ),
            found.output.1 == all
        else { return nil }
        return String(found.output.2)
    }

    /// Why a container has ended, where its state tells.
    private static func ended(_ container: JSONValue, pod: String) -> Finding? {
        for state in [container["state"]["terminated"], container["lastState"]["terminated"]] {
            if state["reason"].string == "OOMKilled" {
                let name = container["name"].string ?? ""
                return Finding(.outOfMemory, "pod \(pod), container \(name) was OOMKilled")
            }
            let message = state["message"].string ?? ""
            if message.contains("operation not permitted"), message.contains("exec") {
                return Finding(.executionNotPermitted, "pod \(pod): \(message)")
            }
        }
        return nil
    }
}

/// Why no pod came to be, as the events of its ReplicaSet tell.
enum RejectedPods {
    static func finding(_ events: Answer, service: String) -> Finding? {
        for event in events.object?.items ?? [] where event["reason"].string == "FailedCreate" {
            guard event["involvedObject"]["name"].string?.hasPrefix(service) == true else { continue }
            let message = event["message"].string ?? ""
            if message.contains("violates PodSecurity") { return Finding(.podForbidden, message) }
            if message.contains("exceeded quota") { return Finding(.quotaExceeded, message) }
        }
        return nil
    }
}

/// What the kubelet has warned of, for one pod.
struct PodEvents {
    /// A probe that fails.
    static let unhealthy = "Unhealthy"
    /// What keeps a container from being created (kubelet, pkg/kubelet/events).
    static let creation: Set = ["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "NetworkNotReady"]

    private let events: [JSONValue]

    /// - Parameter moment: older ones are left out; one that does not say when it was is not.
    init(_ answer: Answer, since moment: String) {
        events = (answer.object?.items ?? []).filter { ($0["lastTimestamp"].string ?? moment) >= moment }
    }

    /// The latest message of these reasons; the server lists events by name, which begins with the pod's.
    func last(of pod: String, _ reasons: Set<String>) -> String? {
        events.last { event in
            event["involvedObject"]["kind"].string == "Pod" && event["involvedObject"]["name"].string == pod
                && reasons.contains(event["reason"].string ?? "")
        }.map { "\($0["reason"].string ?? ""): \($0["message"].string ?? "")" }
    }
}
