// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// Why a pod of the workload's latest change is not ready: the first reason that stands before the others.
struct PodTrouble {
    private let evidence: Evidence
    private let events: PodEvents
    /// When a pod was created before, it has had the time to get volumes and a network; times of one form stand in the
    /// order of their letters.
    private let settled: String

    /// Volumes and networks come a while after the pod; in seconds.
    private static let preparation: TimeInterval = 20
    /// What was warned of earlier is history; in seconds.
    private static let recent: TimeInterval = 180
    /// A metrics-server is ready 20 to 30 s after its start (its probe's initial delay is 20 s); in seconds.
    static let normalStart: TimeInterval = 45

    init(_ evidence: Evidence) {
        self.evidence = evidence
        events = PodEvents(
            evidence[.events], since: evidence.askedAt.addingTimeInterval(-Self.recent).formatted(.iso8601))
        settled = evidence.askedAt.addingTimeInterval(-Self.preparation).formatted(.iso8601)
    }

    /// nil where every pod of the latest change is ready, or there is none.
    var finding: Finding? {
        // A pod that is ready now is over what it once met; of several the worst is told.
        let findings = (evidence.latestPods ?? []).filter { !$0.isReadyPod }.map(finding)
        return findings.first { $0.failure != .podStarting } ?? findings.first
    }

    private func finding(_ pod: JSONValue) -> Finding {
        let name = (pod.name ?? "").inOneLine
        if pod["status"]["phase"].string == "Failed", let reason = pod["status"]["reason"].string {
            return Finding(
                .podEvicted, about: .pod(name),
                "pod \(name) failed: \(reason): \(pod["status"]["message"].string ?? "")")
        }
        if let finding = placement(pod, name) ?? node(pod, name) { return finding }
        for container in pod["status"]["initContainerStatuses"].array ?? [] {
            if let finding = initial(container, of: pod, name) { return finding }
        }
        let containers = pod["status"]["containerStatuses"].array ?? []
        for container in containers {
            if let finding = ContainerTrouble(container, of: name, evidence, events).finding { return finding }
            if let finding = preparing(container, of: pod, name) { return finding }
        }
        if containers.count > 1, let side = containers.first(where: { $0["ready"].bool != true }),
            let main = containers.first(where: { $0["name"].string == "metrics-server" }) ?? containers.first,
            main["ready"].bool == true
        {
            return Finding(
                .sidecarNotReady, about: .pod(name),
                "pod \(name): container \((side["name"].string ?? "").inOneLine) is not ready, the others are")
        }
        return starting(pod, name, containers) ?? notReady(pod, name)
    }

    private func starting(_ pod: JSONValue, _ name: String, _ containers: [JSONValue]) -> Finding? {
        let starts = containers.compactMap { $0["state"]["running"]["startedAt"].string }
        guard let last = starts.max(), containers.allSatisfy({ ($0["restartCount"].int ?? 0) == 0 }),
            let started = try? Date(last, strategy: .iso8601)
        else { return nil }
        let age = evidence.askedAt.timeIntervalSince(started)
        // A longer interval between scrapes is waited for by a later probe.
        let delays = (pod["spec"]["containers"].array ?? []).compactMap {
            $0["readinessProbe"]["initialDelaySeconds"].int
        }
        let delay = max(20, delays.max() ?? 20)
        guard age < Self.normalStart + TimeInterval(delay - 20) else { return nil }
        return Finding(
            .podStarting, about: .pod(name),
            "pod \(name) started \(Int(max(0, age))) s ago; it is usually ready after \(delay) to \(delay + 10) s")
    }

    private func notReady(_ pod: JSONValue, _ name: String) -> Finding {
        let phase = pod["status"]["phase"].string ?? "there"
        let said = events.last(of: name, [PodEvents.unhealthy]).map { ": \($0)" } ?? ""
        return Finding(
            .podNotReady, about: .pod(name), "pod \(name) is \(phase), and not ready\(said)",
            hint: .look("kubectl -n \(.namespace) logs \(name)"))
    }

    // MARK: The node

    private func placement(_ pod: JSONValue, _ name: String) -> Finding? {
        let scheduled = (pod["status"]["conditions"].array ?? []).first {
            $0["type"].string == "PodScheduled" && $0["status"].string == "False"
        }
        guard let scheduled else { return nil }
        let message = scheduled["message"].string ?? "not scheduled"
        return Finding(
            .podUnschedulable, about: .pod(name), "pod \(name): \(message)",
            hint: Placement.hint(message, isMetrics: evidence.isMetrics)
                ?? .look("kubectl -n \(.namespace) describe pod \(name)"))
    }

    private func node(_ pod: JSONValue, _ name: String) -> Finding? {
        guard let nodeName = pod["spec"]["nodeName"].string,
            let node = evidence[.nodes].object?.items.first(where: { $0.name == nodeName }), !node.isReadyNode
        else { return nil }
        let condition = (node["status"]["conditions"].array ?? []).first { $0["type"].string == "Ready" } ?? .null
        return Finding(
            .nodeNotReady, about: .node(nodeName),
            "pod \(name) is on Node \(nodeName), which is not Ready: \(condition["reason"].string ?? "no condition")",
            hint: .look("kubectl describe node \(nodeName)", "then on that node: systemctl status kubelet"))
    }

    // MARK: Before the containers

    private func initial(_ container: JSONValue, of pod: JSONValue, _ name: String) -> Finding? {
        let label = (container["name"].string ?? "").inOneLine
        if let finding = ContainerTrouble(container, of: name, evidence, events).finding {
            // An image that is not there is its own cause, whichever container wants it.
            guard ![.imageNotPulled, .imageNotTrusted, .containerNotMade].contains(finding.failure) else {
                return finding
            }
            return Finding(
                .initContainerFails, about: .pod(name), "init container \(label): \(finding.summary)",
                hint: .look("kubectl -n \(.namespace) logs \(name) -c \(label)"))
        }
        let ended = container["state"]["terminated"]
        if let code = ended["exitCode"].int, code != 0 {
            return Finding(
                .initContainerFails, about: .pod(name),
                "pod \(name): init container \(label) ended with exit code \(code)",
                hint: .look("kubectl -n \(.namespace) logs \(name) -c \(label)"))
        }
        return nil
    }

    private func preparing(_ container: JSONValue, of pod: JSONValue, _ name: String) -> Finding? {
        guard ["ContainerCreating", "PodInitializing"].contains(container["state"]["waiting"]["reason"].string),
            (pod["metadata"]["creationTimestamp"].string ?? "") < settled,
            let said = events.last(of: name, PodEvents.creation)
        else { return nil }
        return Finding(
            .containerNotMade, about: .pod(name), "pod \(name): \(said)",
            hint: .look("kubectl -n \(.namespace) describe pod \(name)"))
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
    func last(of pod: String, _ reasons: Set<String>, saying words: String = "") -> String? {
        events.last { event in
            event["involvedObject"]["kind"].string == "Pod" && event["involvedObject"]["name"].string == pod
                && reasons.contains(event["reason"].string ?? "")
                && (words.isEmpty || event["message"].string?.contains(words) == true)
        }.map { "\($0["reason"].string ?? ""): \($0["message"].string ?? "")" }
    }
}
