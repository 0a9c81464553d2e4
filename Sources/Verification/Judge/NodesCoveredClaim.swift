// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// Whether every Node whose kubelet metrics-server reads has metrics that are renewed.
enum NodesCoveredClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.isMetrics else { return .notApplicable }
        guard let metrics = evidence[.reading].object else { return .notChecked("no metrics were read") }
        let moment = evidence.askedAt
        let coverage = Coverage(metrics.items, at: moment)
        let leftOut = NodesLeftOut(evidence)
        let nodes = evidence[.nodes].object?.items
        let expected = (nodes ?? []).filter { node in
            node.isReadyNode && (leftOut.reason(node) == nil || coverage.has(node.name ?? ""))
        }.compactMap(\.name)
        let aside = aside(nodes ?? [], coverage, leftOut, at: moment)
        guard !metrics.items.isEmpty else {
            return nodes?.isEmpty == false && expected.isEmpty
                ? .passed("no Ready node that metrics-server reads\(aside)")
                : .failed(
                    nodes?.isEmpty == true ? noNode : Finding(.nodeMetricsAbsent, "the metrics API lists no node"))
        }
        guard let nodes else { return .unread(evidence[.nodes], what: "the Nodes") }
        let missing = expected.filter { !coverage.has($0) }
        guard missing.isEmpty else {
            return .failed(
                Finding(
                    .nodesWithoutMetrics,
                    "\(expected.count - missing.count) of \(expected.count.of("Ready node")) with metrics; missing: "
                        + MissingReasons(ofNodes: missing, nodes, at: moment).words))
        }
        // Figures that are renewed are dated by a slow clock, of which another claim speaks.
        let slow = Clocks(evidence).behind
        let stale = coverage.stale.filter { slow[$0] == nil }
        guard stale.isEmpty else {
            return .failed(
                Finding(
                    .metricsStale,
                    "the metrics of \(stale.shortened) are up to \(coverage.age) s old; they should be renewed every 15 s"
                ))
        }
        return .passed(
            "\(expected.count) of \(expected.count.of("node")), oldest \(coverage.age) s\(aside)",
            of: Set([Subject.cluster]).union(expected.map(Subject.node)))
    }

    private static let noNode = Finding(
        .nodeMetricsAbsent, "the cluster has no Node",
        hint: .look("kubectl get nodes", "a kubelet registers its Node when it starts: systemctl restart kubelet"))

    /// Nodes without metrics that nobody has to repair for metrics' sake.
    private static func aside(
        _ nodes: [JSONValue], _ coverage: Coverage, _ leftOut: NodesLeftOut, at moment: Date
    ) -> String {
        let without = nodes.filter { !coverage.has($0.name ?? "") }
        let unready = without.filter { !$0.isReadyNode && leftOut.reason($0) == nil }.compactMap(\.name)
        let others = without.filter { leftOut.reason($0) != nil }
        var words = ""
        if !unready.isEmpty {
            words += "; not Ready, and without: \(MissingReasons(ofNodes: unready, nodes, at: moment).words)"
        }
        if !others.isEmpty { words += "; left out: \(MissingReasons(of: others, leftOut.reason).words)" }
        return words
    }
}

extension Int {
    /// A number of things in words: `1 node`, `2 nodes`.
    func of(_ thing: String) -> String { "\(self) \(thing)\(self == 1 ? "" : "s")" }
}
