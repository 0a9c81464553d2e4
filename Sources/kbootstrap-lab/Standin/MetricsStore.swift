// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Keeps the last two points of everything: a rate needs both.
///
/// As upstream: a new point pushes the last one back only when it is newer; a container that began within one
/// resolution, but at least 10 s ago, is measured from its start.
final class MetricsStore: Sendable {
    /// Below this a fresh container's rate is too rough, in milliseconds (metrics-server, pkg/storage/pod.go).
    static let shortestFreshWindow: Int64 = 10_000

    private struct State {
        var last = MetricsBatch()
        var previous = MetricsBatch()
        var wereReady = (nodes: false, pods: false)
    }

    private let state = Mutex(State())
    /// In milliseconds.
    private let resolution: Int64
    private let release: StandinRelease
    private let log: KlogLine

    init(resolution: Duration, release: StandinRelease, log: KlogLine) {
        self.resolution = resolution.wholeNanoseconds / 1_000_000
        (self.release, self.log) = (release, log)
    }

    var isReady: Bool {
        state.withLock { state in
            let (nodes, pods) = (!state.previous.nodes.isEmpty, !state.previous.pods.isEmpty)
            return release.needsPodMetricsToBeReady ? nodes && pods : nodes || pods
        }
    }

    func store(_ batch: MetricsBatch) {
        let change = state.withLock { state in
            let previous = state.previous
            state.previous = MetricsBatch()
            for (name, point) in batch.nodes {
                state.previous.nodes[name] = Self.earlier(than: point, state.last.nodes[name], previous.nodes[name])
            }
            for (key, containers) in batch.pods {
                var earlier: [String: MetricsPoint] = [:]
                for (name, point) in containers {
                    earlier[name] =
                        fresh(point)
                        ?? Self.earlier(than: point, state.last.pods[key]?[name], previous.pods[key]?[name])
                }
                if !earlier.isEmpty { state.previous.pods[key] = earlier }
            }
            state.last = batch
            let ready = (nodes: !state.previous.nodes.isEmpty, pods: !state.previous.pods.isEmpty)
            defer { state.wereReady = ready }
            return ready == state.wereReady ? nil : ready
        }
        if release.needsPodMetricsToBeReady, let change { tell(change.nodes, change.pods) }
    }

    /// In no particular order.
    func nodeUsages() -> [String: (usage: ResourceUsage, window: MeasuredWindow)] {
        state.withLock { state in
            var usages: [String: (usage: ResourceUsage, window: MeasuredWindow)] = [:]
            for (name, point) in state.last.nodes {
                usages[name] = state.previous.nodes[name].flatMap { point.usage(since: $0) }
            }
            return usages
        }
    }

    /// The containers of a pod, all of them, or nil when one has no rate yet.
    func containerUsages(_ pod: PodKey) -> (containers: [PodUsage.Container], window: MeasuredWindow)? {
        state.withLock { state in
            guard let last = state.last.pods[pod], let previous = state.previous.pods[pod] else { return nil }
            var containers: [PodUsage.Container] = []
            var earliest: MeasuredWindow?
            for (name, point) in last.sorted(by: { $0.key < $1.key }) {
                guard let before = previous[name] else { return nil }
                guard let (usage, window) = point.usage(since: before) else { continue }
                containers.append(PodUsage.Container(name: name, usage: usage))
                if window.end < earliest?.end ?? .max { earliest = window }
            }
            return earliest.map { (containers, $0) }
        }
    }

    private func fresh(_ point: MetricsPoint) -> MetricsPoint? {
        let age = point.timestamp - point.startTime
        guard point.startTime < point.timestamp, age < resolution, age >= Self.shortestFreshWindow else { return nil }
        var start = point
        (start.timestamp, start.cumulativeCPU) = (point.startTime, 0)
        return start
    }

    private static func earlier(
        than point: MetricsPoint, _ last: MetricsPoint?, _ previous: MetricsPoint?
    ) -> MetricsPoint? {
        // A start after the last point: a restart in between.
        guard let last, point.startTime < last.timestamp else { return nil }
        if point.timestamp > last.timestamp { return last }
        return previous.flatMap { $0.timestamp < point.timestamp ? $0 : nil }
    }

    private func tell(_ nodes: Bool, _ pods: Bool) {
        let message =
            switch (nodes, pods) {
            case (true, true): "Metric storage is ready"
            case (true, false):
                "Metric storage is not ready, pod metrics are missing, "
                    + "this may indicate a container-runtime or kubelet issue"
            case (false, true):
                "Metric storage is not ready, node metrics are missing, this may indicate a kubelet issue"
            case (false, false): "Metric storage is not ready"
            }
        log.structured(
            .info, message, at: "storage.go:123", level: 2,
            ["nodeMetrics": .bare("\(nodes)"), "podMetrics": .bare("\(pods)")])
    }
}
