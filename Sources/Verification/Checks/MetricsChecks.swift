// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

extension Check {
    static let metricsChecks = [
        Check(.metrics, "every Ready node has fresh metrics") { evidence in
            guard evidence.isMetrics, let metrics = evidence.reading.object else { return nil }
            let coverage = Coverage(metrics.items, at: evidence.askedAt)
            guard !metrics.items.isEmpty else {
                return .failed(Finding(.nodeMetricsAbsent, "the metrics API lists no node"))
            }
            guard let nodes = evidence.nodes.object?.items else {
                return unread(evidence.nodes) ?? .passed("\(metrics.items.count) nodes")
            }
            let ready = nodes.filter(\.isReadyNode).compactMap(\.name)
            let missing = ready.filter { !coverage.has($0) }
            guard missing.isEmpty else {
                return .failed(
                    Finding(
                        .nodesWithoutMetrics,
                        "\(ready.count - missing.count) of \(ready.count) Ready nodes have metrics; missing: "
                            + MissingReasons(ofNodes: missing, nodes, at: evidence.askedAt).words))
            }
            if !coverage.stale.isEmpty {
                return .failed(
                    Finding(
                        .metricsStale,
                        "the metrics of \(shortened(coverage.stale)) are up to \(coverage.age) s old; they should be renewed "
                            + "every 15 s"))
            }
            let unready = nodes.filter { !$0.isReadyNode }.compactMap(\.name).filter { !coverage.has($0) }
            let aside =
                unready.isEmpty
                ? ""
                : "; not Ready, and without: "
                    + MissingReasons(ofNodes: unready, nodes, at: evidence.askedAt).words
            return .passed("\(ready.count) of \(ready.count) nodes, oldest \(coverage.age) s\(aside)")
        },
        Check(.metrics, "running pods have metrics") { evidence in
            guard evidence.isMetrics, evidence.reading.object != nil else { return nil }
            guard let metrics = evidence.podMetrics.object else { return unread(evidence.podMetrics) }
            guard let pods = evidence.allPods.object?.items else {
                return unread(evidence.allPods) ?? .passed("\(metrics.items.count) pods")
            }
            let known = Set(metrics.items.map(key))
            // Of a pod that runs and was not looked at closely, its metrics say that it has run long enough.
            let running = pods.filter { pod in
                isOld(pod, at: evidence.askedAt)
                    || (pod["status"]["phase"].string == "Running" && pod["status"]["startTime"] == .null
                        && known.contains(key(pod)))
            }.map(key)
            guard !running.isEmpty else { return .passed("no pod has run for a minute yet") }
            let missing = running.filter { !known.contains($0) }
            if missing.count == running.count {
                return .failed(
                    Finding(.podMetricsAbsent, "none of \(running.count) running pods has metrics"))
            }
            guard missing.isEmpty else {
                return .warning(
                    Finding(
                        .podsWithoutMetrics,
                        "\(running.count - missing.count) of \(running.count) running pods have metrics; missing: "
                            + MissingReasons(ofPods: missing, pods, at: evidence.askedAt).words))
            }
            let coverage = Coverage(metrics.items, at: evidence.askedAt)
            guard coverage.stale.isEmpty else {
                return .warning(
                    Finding(
                        .metricsStale,
                        "the metrics of \(coverage.stale.count) of \(running.count) pods are up to \(coverage.age) s old: "
                            + shortened(coverage.stale)))
            }
            return .passed("\(running.count) of \(running.count) pods")
        },
        Check(.metrics, "the metrics are no zeros") { evidence in
            guard evidence.isMetrics, let nodes = evidence.reading.object?.items, !nodes.isEmpty else { return nil }
            let zeroNodes = nodes.filter { usesNoMemory($0["usage"]) }.compactMap(\.name)
            let zeroPods = (evidence.podMetrics.object?.items ?? []).filter { pod in
                let containers = pod["containers"].array ?? []
                return !containers.isEmpty && containers.allSatisfy { usesNoMemory($0["usage"]) }
            }.map(key)
            guard zeroNodes.isEmpty, zeroPods.isEmpty else {
                let named = [("nodes", zeroNodes), ("pods", zeroPods)].filter { !$0.1.isEmpty }
                return .warning(
                    Finding(
                        .metricsZero,
                        "no memory is used, say the metrics of "
                            + named.map { "\($1.count) \($0) (\(shortened($1)))" }.joined(separator: " and ")))
            }
            return .passed("")
        },
        Check(.metrics, "autoscalers can use the metrics", judge: AutoscalersCheck.judge),
    ]

    /// Nothing that runs uses no memory; an idle container's processor time may well be rounded to zero.
    private static func usesNoMemory(_ usage: JSONValue) -> Bool {
        guard let memory = usage["memory"].string else { return false }
        return memory.first == "0" && !memory.contains { ("1"..."9").contains($0) }
    }

    /// Whether a pod has run long enough to have been scraped twice (metric resolution 15 s, and some).
    private static func isOld(_ pod: JSONValue, at moment: Date) -> Bool {
        guard pod["status"]["phase"].string == "Running", pod["metadata"]["deletionTimestamp"] == .null,
            let started = pod["status"]["startTime"].string.flatMap({ try? Date($0, strategy: .iso8601) })
        else { return false }
        return moment.timeIntervalSince(started) > 60
    }

    static func key(_ object: JSONValue) -> String {
        "\(object["metadata"]["namespace"].string ?? "")/\(object.name ?? "")"
    }

    static func shortened(_ names: [String]) -> String {
        let shown = names.sorted().prefix(5).map(\.escapingControls).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }
}
