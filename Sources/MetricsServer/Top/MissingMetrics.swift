// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import KubernetesClient

/// Why the metrics API has nothing for a node or a pod: judged from the object alone.
public enum MissingMetrics {
    /// How long a node or a container has to run before it has metrics: CPU is a difference of two readings, which
    /// metrics-server takes 15 s apart.
    static let warmUp: TimeInterval = 30

    /// - Parameter moment: the present, by which the node counts as new.
    public static func reason(ofNode node: JSONValue, at moment: Date) -> String {
        let ready = node.condition("Ready")
        switch ready["status"].string {
        case "True": break
        case "Unknown": return "node is not Ready: its kubelet has stopped reporting"
        case "False": return "node is not Ready" + (ready["reason"].string.map { ": \($0)" } ?? "")
        default: return "node has not reported yet"
        }
        if let age = seconds(since: ready["lastTransitionTime"], moment) {
            return "node became Ready \(age) s ago; metrics follow within \(Int(warmUp)) s"
        }
        return "node is Ready, but metrics-server has nothing from its kubelet"
    }

    /// Nil for a pod that has ended: it uses nothing, so nothing is missing.
    ///
    /// - Parameter moment: the present, by which the pod counts as new.
    public static func reason(ofPod pod: JSONValue, at moment: Date) -> String? {
        let status = pod["status"]
        let phase = status["phase"].string ?? "Unknown"
        if phase == "Succeeded" || phase == "Failed" { return nil }
        if pod["metadata"]["deletionTimestamp"] != .null { return "pod is being deleted" }
        let containers = status["containerStatuses"].array ?? []
        guard phase == "Running" else {
            let waiting = containers.compactMap { $0["state"]["waiting"]["reason"].string }.first
            let unscheduled = pod.condition("PodScheduled")
            let cause = waiting ?? (unscheduled["status"].string == "False" ? unscheduled["reason"].string : nil)
            return "pod is \(phase)" + (cause.map { ": \($0)" } ?? "")
        }
        // metrics-server leaves a pod out while one of its containers has no two readings.
        for container in containers where container["state"]["running"] == .null {
            let name = container["name"].string ?? ""
            let state = container["state"]
            let cause = state["waiting"]["reason"].string ?? state["terminated"]["reason"].string ?? "not running"
            return "container \(name) is not running: \(cause)"
        }
        let ages = containers.compactMap { seconds(since: $0["state"]["running"]["startedAt"], moment) }
        if let age = ages.min() {
            return "started \(age) s ago; metrics follow within \(Int(warmUp)) s"
        }
        let node = pod["spec"]["nodeName"].string.map { " on node \($0)" } ?? ""
        return "pod runs\(node), but metrics-server has nothing of it"
    }

    /// The whole seconds since a time that is no longer ago than the warm-up; nil for one that is, or is none.
    private static func seconds(since time: JSONValue, _ moment: Date) -> Int? {
        guard let start = time.string.flatMap({ try? Date($0, strategy: .iso8601) }) else { return nil }
        let age = moment.timeIntervalSince(start)
        return age < warmUp ? max(0, Int(age)) : nil
    }
}

extension JSONValue {
    /// The condition of that type in the object's status, or `.null`.
    func condition(_ type: String) -> JSONValue {
        self["status"]["conditions"].array?.first { $0["type"].string == type } ?? .null
    }
}
