// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

extension Check {
    static let workloadChecks = [
        Check(.workload, "the Service is there and listens on the APIService's port") { evidence in
            guard let target = ServiceTarget(evidence) else { return nil }
            switch evidence.service {
            case .refused(404, _):
                return .failed(
                    Finding(
                        .serviceMissing, "Service \(target.namespace)/\(target.name) does not exist",
                        hint: evidence.isMetrics ? nil : "kubectl -n \(target.namespace) get services"))
            case .object(let service):
                let ports = (service["spec"]["ports"].array ?? []).compactMap { $0["port"].int }
                guard service["spec"]["type"].string == "ExternalName" || ports.contains(target.port) else {
                    return .failed(
                        Finding(
                            .servicePortMismatch,
                            "Service \(target.namespace)/\(target.name) listens on \(ports.map(String.init).joined(separator: ", ")), "
                                + "the APIService wants \(target.port)",
                            hint: evidence.isMetrics
                                ? nil : portHint(ports, target, evidence.apiServiceName)))
                }
                return .passed("\(target.namespace)/\(target.name):\(target.port)")
            default: return unread(evidence.service)
            }
        },
        Check(.workload, "a ready backend stands behind the Service") { evidence in
            guard let target = ServiceTarget(evidence), evidence.service.object != nil else { return nil }
            let place = "Service \(target.namespace)/\(target.name)"
            let subsets = evidence.endpoints.object?["subsets"].array ?? []
            let ready = subsets.flatMap { $0["addresses"].array ?? [] }.compactMap { $0["ip"].string }
            if !ready.isEmpty { return .passed(ready.joined(separator: ", ")) }
            if let finding = PodTrouble(evidence.stayingPods ?? []).finding(namespace: target.namespace) {
                return .failed(finding)
            }
            if let finding = PodTrouble.rejected(by: evidence.events, service: target.name) { return .failed(finding) }
            if evidence.stayingPods?.isEmpty == true {
                return .failed(AbsentPods(evidence, target).finding(place))
            }
            switch evidence.endpoints {
            case .refused(404, _):
                return .failed(
                    Finding(
                        .endpointsMissing, "\(place) has no endpoints",
                        hint: "kubectl -n \(target.namespace) get pods --show-labels"))
            case .object:
                return .failed(
                    Finding(
                        .noReadyAddresses, "\(place) has no ready address",
                        hint: "kubectl -n \(target.namespace) get endpoints \(target.name) -o yaml"))
            default: return unread(evidence.endpoints)
            }
        },
        processCheck,
    ]

    /// What could not be read explains nothing; a failing request later says what matters.
    private static func portHint(_ ports: [Int64], _ target: ServiceTarget, _ apiService: String) -> String {
        guard ports.count == 1 else {
            return
                "kubectl -n \(target.namespace) edit service \(target.name)   # or spec.service.port of the APIService"
        }
        return "kubectl patch apiservice \(apiService) --type=merge "
            + "-p '{\"spec\":{\"service\":{\"port\":\(ports[0])}}}'   # or have the Service listen on \(target.port)"
    }

    /// What a missing answer comes to: one that was forbidden proves nothing, any other is a failure of the API server.
    static func unread(_ answer: Answer) -> Verdict? {
        switch answer {
        case .refused(403, let message): .couldNotAsk(Finding(.mayNotRead, message))
        case .refused(401, let message): .failed(Finding(.credentialsRefused, message))
        case .refused(let code, let message): .failed(Finding(.apiServerErrs, "HTTP \(code): \(message)"))
        case .unanswered(let finding): .failed(finding)
        case .notAsked, .object: nil
        }
    }
}

/// The Service that an APIService points at.
struct ServiceTarget {
    let name: String
    let namespace: String
    let port: Int64

    init?(_ evidence: Evidence) {
        let service = evidence.apiService.object?["spec"]["service"] ?? .null
        guard let name = service["name"].string, let namespace = service["namespace"].string else { return nil }
        self.name = name
        self.namespace = namespace
        port = service["port"].int ?? 443  // the API's default
    }
}

/// Why no pod of a workload is ready: the first reason that stands before the others.
struct PodTrouble {
    private let pods: [JSONValue]

    init(_ pods: [JSONValue]) { self.pods = pods }

    func finding(namespace: String) -> Finding? {
        for pod in pods {
            let name = (pod.name ?? "").escapingControls
            let describe = "kubectl -n \(namespace) describe pod \(name)"
            let conditions = pod["status"]["conditions"].array ?? []
            if let scheduled = conditions.first(where: {
                $0["type"].string == "PodScheduled" && $0["status"].string == "False"
            }) {
                let message = (scheduled["message"].string ?? "not scheduled").escapingControls
                return Finding(
                    .podUnschedulable, "pod \(name): \(message)", hint: Self.placementHint(message) ?? describe)
            }
            for container in pod["status"]["containerStatuses"].array ?? [] {
                if let finding = Self.ended(container, pod: name) { return finding }
                let waiting = container["state"]["waiting"]
                let message = (waiting["message"].string ?? "").escapingControls
                switch waiting["reason"].string {
                case "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull":
                    return Finding(
                        .imageNotPulled,
                        "pod \(name), image \((container["image"].string ?? "").escapingControls): \(message)",
                        hint: container["image"].string?.hasPrefix("k8s.gcr.io/") == true
                            ? "kbootstrap install-metrics   # k8s.gcr.io is frozen; the image is at registry.k8s.io"
                            : describe)
                case "CrashLoopBackOff":
                    let last = container["lastState"]["terminated"]["exitCode"].int.map { ", exit code \($0)" } ?? ""
                    return Finding(
                        .podCrashing, "pod \(name) keeps ending\(last)",
                        hint: "kubectl -n \(namespace) logs --previous \(name)")
                default: continue
                }
            }
        }
        guard let pod = pods.first(where: { !$0.isReadyPod }) else { return nil }
        let name = (pod.name ?? "").escapingControls
        return Finding(
            .podNotReady, "pod \(name) is \(pod["status"]["phase"].string ?? "there"), and not ready",
            hint: "kubectl -n \(namespace) logs \(name)")
    }

    /// What the scheduler's words ask for.
    private static func placementHint(_ message: String) -> String? {
        if message.contains("anti-affinity") {
            return "kbootstrap install-metrics   # without --ha, or add a node: each replica wants one of its own"
        }
        if message.contains("control-plane") || message.contains("node-role.kubernetes.io/master") {
            return "kubectl taint nodes --all node-role.kubernetes.io/control-plane-   # if pods may run there"
        }
        return nil
    }

    /// Why a container has ended, where its state tells.
    private static func ended(_ container: JSONValue, pod: String) -> Finding? {
        for state in [container["state"]["terminated"], container["lastState"]["terminated"]] {
            if state["reason"].string == "OOMKilled" {
                return Finding(.outOfMemory, "pod \(pod), container \((container.text("name"))) was OOMKilled")
            }
            let message = state.text("message")
            if message.contains("operation not permitted"), message.contains("exec") {
                return Finding(.executionNotPermitted, "pod \(pod): \(message)")
            }
        }
        return nil
    }

    /// Why no pod came to be, as the events of its ReplicaSet tell.
    static func rejected(by events: Answer, service: String) -> Finding? {
        for event in events.object?.items ?? [] where event["reason"].string == "FailedCreate" {
            guard event["involvedObject"]["name"].string?.hasPrefix(service) == true else { continue }
            let message = event.text("message")
            if message.contains("violates PodSecurity") { return Finding(.podForbidden, message) }
            if message.contains("exceeded quota") { return Finding(.quotaExceeded, message) }
        }
        return nil
    }
}

extension JSONValue {
    /// A member's text, escaped; empty where there is none.
    fileprivate func text(_ key: String) -> String { (self[key].string ?? "").escapingControls }
}
