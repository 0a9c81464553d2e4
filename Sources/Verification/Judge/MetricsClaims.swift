// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

extension ClaimRow {
    static let metrics = [
        ClaimRow(.nodesCovered, .metrics, "every Ready node has fresh metrics") { evidence in
            guard evidence.isMetrics else { return .notApplicable }
            guard let metrics = evidence[.reading].object else { return .notChecked("no metrics were read") }
            let coverage = Coverage(metrics.items, at: evidence.askedAt)
            guard !metrics.items.isEmpty else {
                return .failed(Finding(.nodeMetricsAbsent, "the metrics API lists no node"))
            }
            guard let nodes = evidence[.nodes].object?.items else {
                return .unread(evidence[.nodes], what: "the Nodes")
            }
            let ready = nodes.filter { $0.isReadyNode && !$0.isVirtualNode }.compactMap(\.name)
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
                        "the metrics of \(coverage.stale.shortened) are up to \(coverage.age) s old; they should be renewed "
                            + "every 15 s"))
            }
            let unready = nodes.filter { !$0.isReadyNode || $0.isVirtualNode }.compactMap(\.name).filter {
                !coverage.has($0)
            }
            let aside =
                unready.isEmpty
                ? ""
                : "; not Ready, and without: "
                    + MissingReasons(ofNodes: unready, nodes, at: evidence.askedAt).words
            return .passed(
                "\(ready.count) of \(ready.count) nodes, oldest \(coverage.age) s\(aside)",
                of: Set([Subject.cluster]).union(ready.map(Subject.node)))
        },
        ClaimRow(.podsCovered, .metrics, "running pods have metrics") { evidence in
            guard evidence.isMetrics else { return .notApplicable }
            guard evidence[.reading].object != nil else { return .notChecked("no metrics were read") }
            let failure = LiveFailure(evidence, "the list of pod metrics")
            let metrics: JSONValue
            switch evidence[.podMetrics] {
            case .object(let list): metrics = list
            case .refused(403, _), .notAsked: return .unread(evidence[.podMetrics], what: "pod metrics")
            case .refused(let code, let message): return .failed(failure.finding(code, message))
            case .unanswered(let silence): return .failed(failure.finding(silence))
            }
            guard let pods = evidence[.allPods].object?.items else {
                return .unread(evidence[.allPods], what: "the pods")
            }
            let known = Set(metrics.items.map(\.key))
            // Of a pod that runs and was not looked at closely, its metrics say that it has run long enough.
            let running = pods.filter { pod in
                isOld(pod, at: evidence.askedAt)
                    || (pod["status"]["phase"].string == "Running" && pod["status"]["startTime"] == .null
                        && known.contains(pod.key))
            }.map(\.key)
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
                            + coverage.stale.shortened))
            }
            return .passed("\(running.count) of \(running.count) pods")
        },
        ClaimRow(.metricsNotZero, .metrics, "metrics are not all zero") { evidence in
            guard evidence.isMetrics else { return .notApplicable }
            guard let nodes = evidence[.reading].object?.items, !nodes.isEmpty else {
                return .notChecked("no metrics were read")
            }
            let zeroNodes = nodes.filter { usesNoMemory($0["usage"]) }.compactMap(\.name)
            let zeroPods = (evidence[.podMetrics].object?.items ?? []).filter { pod in
                let containers = pod["containers"].array ?? []
                return !containers.isEmpty && containers.allSatisfy { usesNoMemory($0["usage"]) }
            }.map(\.key)
            guard zeroNodes.isEmpty, zeroPods.isEmpty else {
                let named = [("nodes", zeroNodes), ("pods", zeroPods)].filter { !$0.1.isEmpty }
                return .warning(
                    Finding(
                        .metricsZero,
                        "memory is 0 in the metrics of "
                            + named.map { "\($1.count) \($0) (\($1.shortened))" }.joined(separator: " and ")))
            }
            return .passed("")
        },
        ClaimRow(
            .autoscalersFed, .metrics, "autoscalers can use the metrics", judge: AutoscalersClaim.judge),
        ClaimRow(.otherAPIServicesAvailable, .metrics, "the other APIServices are Available") { evidence in
            guard let others = evidence[.otherAPIServices].object?.items else {
                return .notChecked("the caller may not list APIServices")
            }
            let names = others.compactMap(\.name).filter { $0 != evidence.apiServiceName }
            return names.isEmpty
                ? .passed("") : .warning(Finding(.otherAPIServiceUnavailable, "not Available: \(names.shortened)"))
        },
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
}
