// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// Why a pod of the workload's latest change is not ready: the first reason that stands before the others.
struct PodTrouble {
    private let evidence: Evidence
    private let events: PodEvents

    /// Volumes and networks come a while after the pod; in seconds.
    private static let preparation: TimeInterval = 20
    /// A metrics-server is ready 20 to 30 s after its start (its probe's initial delay is 20 s); in seconds.
    static let normalStart: TimeInterval = 45

    init(_ evidence: Evidence) {
        self.evidence = evidence
        events = PodEvents(evidence)
    }

    /// nil where every pod of the latest change is ready, or there is none.
    var finding: Finding? {
        // A pod that is ready now is over what it once met; of several the worst is told.
        let findings = (evidence.latestPods ?? []).filter { !$0.isReadyPod }.map(finding)
        if let worst = findings.first(where: { $0.failure != .podStarting }) { return worst }
        guard let starting = findings.first else { return nil }
        // A kubelet that refuses pods leaves those before this one behind, as young as it.
        let refused = evidence.stayingPods?.first { pod in
            pod.hasEnded
                && (seconds(since: pod["metadata"]["creationTimestamp"].string) ?? .infinity) < Self.normalStart
        }
        return refused.map(finding) ?? starting
    }

    private func finding(_ pod: JSONValue) -> Finding {
        let name = (pod.name ?? "").inOneLine
        if pod.hasEnded {
            let reason = pod["status"]["reason"].string ?? pod["status"]["phase"].string ?? ""
            let message = pod["status"]["message"].string.map { ": \($0)" } ?? ""
            return Finding(.podEvicted, about: .pod(name), "pod \(name) failed: \(reason)\(message)")
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
        return sidecar(pod, name, containers) ?? starting(pod, name, containers) ?? notReady(pod, name)
    }

    private func starting(_ pod: JSONValue, _ name: String, _ containers: [JSONValue]) -> Finding? {
        let starts = containers.compactMap { $0["state"]["running"]["startedAt"].string }
        guard let last = starts.max() else { return created(pod, name) }
        guard let age = seconds(since: last), age < Self.normalStart else { return nil }
        return Finding(
            .podStarting, about: .pod(name),
            "pod \(name) is starting; it is usually ready 20 to 30 s after its start")
    }

    /// Before a container runs, a pod is young as long as it was created just now.
    private func created(_ pod: JSONValue, _ name: String) -> Finding? {
        guard let age = seconds(since: pod["metadata"]["creationTimestamp"].string), age < Self.normalStart else {
            return nil
        }
        return Finding(
            .podStarting, about: .pod(name),
            "pod \(name) was created just now; its containers do not run yet")
    }

    private func seconds(since time: String?) -> TimeInterval? {
        time.flatMap { try? Date($0, strategy: .iso8601) }.map { evidence.askedAt.timeIntervalSince($0) }
    }

    private func notReady(_ pod: JSONValue, _ name: String) -> Finding {
        let phase = pod["status"]["phase"].string ?? "there"
        let gate = (pod["status"]["conditions"].array ?? []).first {
            $0["type"].string == "Ready" && $0["reason"].string == "ReadinessGatesNotReady"
        }?["message"].string
        let probe = events.last(of: name, [PodEvents.unhealthy])
        if let probe, PodEvents.isOfWrongProbe(probe) {
            return Finding(.probeWrong, about: .pod(name), "pod \(name) is \(phase), and not ready: \(probe)")
        }
        let said = (probe ?? gate).map { ": \($0)" } ?? ""
        return Finding(
            .podNotReady, about: .pod(name), "pod \(name) is \(phase), and not ready\(said)",
            hint: .look("kubectl -n \(.namespace) logs \(name)"))
    }

    // MARK: The node

    private func placement(_ pod: JSONValue, _ name: String) -> Finding? {
        guard pod["spec"]["nodeName"].string?.isEmpty != false else { return nil }
        let scheduled = (pod["status"]["conditions"].array ?? []).first { $0["type"].string == "PodScheduled" }
        guard let scheduled else { return unseen(pod, name) }
        guard scheduled["status"].string == "False" else { return nil }
        let message = scheduled["message"].string ?? "not scheduled"
        let nodes = evidence[.nodes].object?.items ?? []
        let noneIsReady = !nodes.isEmpty && !nodes.contains { $0.isReadyNode }
        if Placement.isForNodesNotReady(message, noneIsReady: noneIsReady), let node = unready.first {
            return isNotReady(node, "pod \(name) finds no node (\(message)); ")
        }
        return Finding(
            .podUnschedulable, about: .pod(name), "pod \(name): \(message)",
            hint: Placement.hint(message, of: pod, on: nodes, isMetrics: evidence.isMetrics)
                ?? .look("kubectl -n \(.namespace) describe pod \(name)"))
    }

    /// The scheduler says something of every pod within a second or two.
    private func unseen(_ pod: JSONValue, _ name: String) -> Finding? {
        guard pod["status"]["phase"].string == "Pending", pod["status"]["containerStatuses"] == .null,
            let age = seconds(since: pod["metadata"]["creationTimestamp"].string),
            age > Self.preparation
        else { return nil }
        return Finding(
            .podUnschedulable, about: .pod(name), "no scheduler has looked at pod \(name) in \(Int(age)) s",
            hint: .look("kubectl -n kube-system get leases", "is that of kube-scheduler renewed?"))
    }

    private var unready: [JSONValue] {
        (evidence[.nodes].object?.items ?? []).filter { !$0.isReadyNode && !$0.isVirtualNode }
    }

    private func node(_ pod: JSONValue, _ name: String) -> Finding? {
        guard let nodeName = pod["spec"]["nodeName"].string else { return nil }
        if let nodes = evidence[.nodes].object?.items, !nodes.contains(where: { $0.name == nodeName }) {
            let node = nodeName.inOneLine
            return Finding(
                .nodeNotReady, about: .node(node), "pod \(name) is on Node \(node), which the cluster does not have",
                hint: .look(
                    "kubectl get nodes", "a kubelet registers its Node when it starts: systemctl restart kubelet"))
        }
        guard let node = unready.first(where: { $0.name == nodeName }) else { return nil }
        return isNotReady(node, "pod \(name) is on Node \(nodeName): ")
    }

    private func isNotReady(_ node: JSONValue, _ what: String) -> Finding {
        let name = (node.name ?? "").inOneLine
        let condition = (node["status"]["conditions"].array ?? []).first { $0["type"].string == "Ready" } ?? .null
        let message = condition["message"].string.map { ": \($0)" } ?? ""
        return Finding(
            .nodeNotReady, about: .node(name),
            "\(what)Node \(name) is not Ready: \(condition["reason"].string ?? "no condition")\(message)",
            hint: .look("kubectl describe node \(name)", "then on that node: systemctl status kubelet"))
    }

    // MARK: Before and beside the backend's container

    private func initial(_ container: JSONValue, of pod: JSONValue, _ name: String) -> Finding? {
        let label = (container["name"].string ?? "").inOneLine
        if let finding = ContainerTrouble(container, of: name, isInitial: true, evidence, events).finding {
            // An image that is not there is its own cause, whichever container wants it.
            guard ![.imageNotPulled, .imageNotTrusted, .containerNotMade].contains(finding.failure) else {
                return finding
            }
            return Finding(
                .initContainerFails, about: .pod(name), "init container \(label): \(finding.summary)",
                hint: finding.hint, patience: max(finding.patience, Catalogue.cause(.initContainerFails).patience))
        }
        return preparing(container, of: pod, name) ?? unfinished(container, of: pod, name)
    }

    /// An init container that runs on keeps the others waiting; one that is meant to (restartPolicy Always) until it
    /// has started.
    private func unfinished(_ container: JSONValue, of pod: JSONValue, _ name: String) -> Finding? {
        let label = (container["name"].string ?? "").inOneLine
        guard let age = seconds(since: container["state"]["running"]["startedAt"].string), age > Self.normalStart else {
            return nil
        }
        let isSidecar =
            (pod["spec"]["initContainers"].array ?? []).first { $0["name"] == container["name"] }?["restartPolicy"]
            .string == "Always"
        if isSidecar, pod.isInitializedPod {
            return container["ready"].bool == true ? nil : sidecarNotReady(name, label)
        }
        return Finding(
            .podNotReady, about: .pod(name),
            "pod \(name) waits for init container \(label), which has run for \(Int(age)) s",
            hint: .look("kubectl -n \(.namespace) logs \(name) -c \(label)"))
    }

    private func sidecar(_ pod: JSONValue, _ name: String, _ containers: [JSONValue]) -> Finding? {
        guard containers.count > 1, let side = containers.first(where: { $0["ready"].bool != true }),
            let main = containers.first(where: { $0["name"].string == "metrics-server" }) ?? containers.first,
            main["ready"].bool == true
        else { return nil }
        return sidecarNotReady(name, (side["name"].string ?? "").inOneLine)
    }

    private func sidecarNotReady(_ name: String, _ label: String) -> Finding {
        let said = events.last(of: name, [PodEvents.unhealthy]).map { ": \($0)" } ?? ""
        return Finding(
            .sidecarNotReady, about: .pod(name), "pod \(name): container \(label) is not ready\(said)",
            hint: .look("kubectl -n \(.namespace) logs \(name) -c \(label)"))
    }

    private func preparing(_ container: JSONValue, of pod: JSONValue, _ name: String) -> Finding? {
        guard ["ContainerCreating", "PodInitializing"].contains(container["state"]["waiting"]["reason"].string),
            seconds(since: pod["metadata"]["creationTimestamp"].string).map({ $0 > Self.preparation }) ?? true,
            let said = events.last(of: name, PodEvents.creation)
        else { return nil }
        return Finding(
            Catalogue.cause(of: said, in: .process) ?? .containerNotMade, about: .pod(name), "pod \(name): \(said)",
            hint: .look("kubectl -n \(.namespace) describe pod \(name)"))
    }
}
