// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import KubernetesClient

/// What pods, or their containers, use.
struct TopPods {
    private let metrics: [PodMetrics]
    private let pods: [JSONValue]
    private let now: Date

    init(_ metrics: [PodMetrics], pods: [JSONValue], now: Date) {
        self.metrics = metrics
        self.pods = pods
        self.now = now
    }

    func rows(
        showsNamespace: Bool, showsContainers: Bool, showsSum: Bool, sortedBy key: Top.SortKey?
    ) -> Top.Rows {
        // Added up once for each pod, not at each comparison.
        let used = metrics.map { (pod: $0, usage: $0.usage) }
        let measured = used.sorted { left, right in
            left.usage.precedes(right.usage, by: key)
                ?? (PodName(left.pod, showsNamespace) < PodName(right.pod, showsNamespace))
        }.flatMap { pod, usage -> [Top.Row] in
            let place = showsNamespace ? [pod.namespace] : []
            guard showsContainers else { return [row(place + [pod.name], usage)] }
            return pod.containers.sorted { $0.usage.precedes($1.usage, by: key) ?? ($0.name < $1.name) }
                .map { row(place + [pod.name, $0.name], $0.usage) }
        }
        let header =
            (showsNamespace ? ["NAMESPACE"] : []) + (showsContainers ? ["POD"] : [])
            + ["NAME", "CPU(cores)", "MEMORY(bytes)"]
        let all = measured + absent(showsNamespace: showsNamespace, showsContainers: showsContainers)
        guard showsSum else { return Top.Rows(header, all) }
        let blank = Array(repeating: "", count: header.count - 2)
        let total = used.reduce(ResourceUsage()) { $0 + $1.usage }
        return Top.Rows(
            header, all,
            sum: [blank + Array(repeating: "________", count: 2), row(blank, total).cells])
    }

    /// kubectl takes what no container says for nothing used.
    private func row(_ names: [String], _ usage: ResourceUsage) -> Top.Row {
        let used = usage + ResourceUsage(cpu: .zero, memory: .zero)
        return Top.Row(cells: names + [used.cpuCell, used.memoryCell])
    }

    private func absent(showsNamespace: Bool, showsContainers: Bool) -> [Top.Row] {
        let unmeasured = UnmeasuredPods(metrics)
        let missing = pods.compactMap { pod -> (name: PodName, pod: JSONValue, reason: String)? in
            let name = PodName(pod)
            guard unmeasured.contains(pod), let reason = MissingMetrics.reason(ofPod: pod, at: now) else { return nil }
            return (name, pod, reason)
        }
        return missing.sorted { $0.name < $1.name }.flatMap { name, pod, reason -> [Top.Row] in
            let names = (showsNamespace ? [name.namespace] : []) + [name.name]
            let containers = (pod["spec"]["containers"].array ?? []).compactMap { $0["name"].string }.sorted()
            return (showsContainers ? containers.map { names + [$0] } : [names]).map {
                Top.Row(cells: $0 + [Top.unknown, Top.unknown], reason: reason)
            }
        }
    }
}

/// The pods that the metrics API does not list.
public struct UnmeasuredPods: Sendable {
    private let measured: Set<PodName>

    public init(_ metrics: [PodMetrics]) { measured = Set(metrics.map { PodName($0, true) }) }

    public func contains(_ pod: JSONValue) -> Bool { !measured.contains(PodName(pod)) }
}

private struct PodName: Hashable, Comparable {
    let namespace: String
    let name: String

    init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    init(_ pod: JSONValue) { self.init(namespace: pod["metadata"]["namespace"].string ?? "", name: pod.name ?? "") }

    /// - Parameter qualified: with the namespace, or as if all were in one.
    init(_ pod: PodMetrics, _ qualified: Bool) { self.init(namespace: qualified ? pod.namespace : "", name: pod.name) }

    static func < (left: PodName, right: PodName) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}
