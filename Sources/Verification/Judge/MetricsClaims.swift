// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

extension ClaimRow {
    static let metrics = [
        ClaimRow(
            .nodesCovered, .metrics, "every Ready node has fresh metrics", judge: NodesCoveredClaim.judge),
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
                    Finding(.podMetricsAbsent, "none of \(running.count.of("running pod")) has metrics"))
            }
            guard missing.isEmpty else {
                return .warning(
                    Finding(
                        .podsWithoutMetrics,
                        "\(running.count - missing.count) of \(running.count.of("running pod")) with metrics; missing: "
                            + MissingReasons(ofPods: missing, pods, at: evidence.askedAt).words))
            }
            let coverage = Coverage(metrics.items, at: evidence.askedAt)
            // Of a Node whose clock is slow another claim speaks.
            guard coverage.stale.isEmpty || !Clocks(evidence).behind.isEmpty else {
                return .warning(
                    Finding(
                        .metricsStale,
                        "the metrics of \(coverage.stale.count) of \(running.count.of("pod")) are up to \(coverage.age) s old: "
                            + coverage.stale.shortened))
            }
            return .passed("\(running.count) of \(running.count.of("pod"))")
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
                let named = [("node", zeroNodes), ("pod", zeroPods)].filter { !$0.1.isEmpty }
                return .warning(
                    Finding(
                        .metricsZero,
                        "memory is 0 in the metrics of "
                            + named.map { "\($1.count.of($0)) (\($1.shortened))" }.joined(separator: " and ")))
            }
            return .passed("")
        },
        ClaimRow(
            .autoscalersFed, .metrics, "autoscalers can use the metrics", judge: AutoscalersClaim.judge),
        ClaimRow(.otherAPIServicesAvailable, .metrics, "the other APIServices are Available") { evidence in
            guard let others = evidence[.otherAPIServices].object?.items else {
                return .unread(evidence[.otherAPIServices], what: "the other APIServices").besides
            }
            let away = others.filter { $0.name != evidence.apiServiceName }.sorted { $0.name ?? "" < $1.name ?? "" }
            return away.isEmpty ? .passed("") : .warning(Finding(.otherAPIServiceUnavailable, told(away)))
        },
    ]

    private static let mostTold = 3

    /// By name, the first few with their conditions' own words.
    private static func told(_ apiServices: [JSONValue]) -> String {
        let words = apiServices.prefix(mostTold).map { one in
            let reason = one.available["reason"].string ?? ""
            return (one.name ?? "") + (reason.isEmpty ? "" : " (\(reason): \(one.available["message"].string ?? ""))")
        }
        let rest = apiServices.count - words.count
        return "not Available: " + words.joined(separator: "; ") + (rest > 0 ? " and \(rest) more" : "")
    }

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
