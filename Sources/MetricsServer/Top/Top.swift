// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import KubernetesClient

/// Usage in kubectl's columns, and beside what is unknown the reason: pure.
///
/// The columns, the rounding and the order are those of kubectl 1.37 (`pkg/metricsutil`). It differs in three things:
/// rows of equal use are in the order of their names, a percentage of what is not known is `<unknown>` instead of
/// missing, which shifts kubectl's columns, and pods without metrics have a row.
public enum Top {
    /// The header, and a row of as many cells for each object. With the reasons of unknown values, where there are
    /// any, in a last column.
    public struct Rows: Sendable, Equatable {
        public let header: [String]
        public let rows: [[String]]
        /// What is to stand below the rows: a line and the sum, where that was asked for.
        public let sum: [[String]]

        init(_ header: [String], _ rows: [Row], sum: [[String]] = []) {
            self.sum = sum
            let hasReasons = rows.contains { $0.reason != nil }
            self.header = header + (hasReasons ? [Top.reason] : [])
            self.rows = rows.map { row in
                (row.cells + (hasReasons ? [row.reason ?? ""] : [])).map(\.singleLine)
            }
        }
    }

    /// What is used most comes first, where asked for; else names decide.
    public enum SortKey: String, Sendable, CaseIterable { case cpu, memory }

    /// The header of the last column, where there is one.
    public static let reason = "REASON"

    /// kubectl's word for what it cannot tell.
    public static let unknown = "<unknown>"

    /// Nodes with metrics first, then those without.
    ///
    /// - Parameters:
    ///   - metrics: items of a NodeMetricsList.
    ///   - nodes: the Node objects, for what is allocatable, and for those without metrics.
    ///   - whole: what percentages are of.
    ///   - now: by which a node counts as new.
    public static func nodes(
        metrics: [NodeMetrics], nodes: [JSONValue], of whole: Whole = .allocatable, now: Date = Date(),
        sortedBy key: SortKey? = nil
    ) -> Rows {
        TopNodes(metrics, nodes: nodes, of: whole, now: now).rows(sortedBy: key)
    }

    /// What a node has to give to pods, or all that it has.
    public enum Whole: String, Sendable { case allocatable, capacity }

    /// The same, of metrics that were read as any JSON.
    public static func nodes(
        metrics: [JSONValue], nodes: [JSONValue], now: Date = Date(), sortedBy key: SortKey? = nil
    ) -> Rows {
        Self.nodes(metrics: metrics.compactMap { NodeMetrics($0) }, nodes: nodes, now: now, sortedBy: key)
    }

    /// Pods with metrics first, then those without. Pods that have ended are left out: they use nothing.
    ///
    /// - Parameters:
    ///   - metrics: items of a PodMetricsList.
    ///   - pods: the Pod objects, for those without metrics; none for kubectl's rows alone.
    ///   - showsNamespace: a first column with it, and rows by it.
    ///   - showsContainers: a row for each container, after a column with its pod.
    ///   - showsSum: what all of them use together, below.
    ///   - now: by which a pod counts as new.
    public static func pods(
        metrics: [PodMetrics], pods: [JSONValue], showsNamespace: Bool, showsContainers: Bool = false,
        showsSum: Bool = false, now: Date = Date(), sortedBy key: SortKey? = nil
    ) -> Rows {
        TopPods(metrics, pods: pods, now: now).rows(
            showsNamespace: showsNamespace, showsContainers: showsContainers, showsSum: showsSum, sortedBy: key)
    }

    /// The same, of metrics that were read as any JSON.
    public static func pods(
        metrics: [JSONValue], pods: [JSONValue], showsNamespace: Bool, showsContainers: Bool = false,
        now: Date = Date(), sortedBy key: SortKey? = nil
    ) -> Rows {
        Self.pods(
            metrics: metrics.compactMap { PodMetrics($0) }, pods: pods, showsNamespace: showsNamespace,
            showsContainers: showsContainers, now: now, sortedBy: key)
    }

    struct Row {
        let cells: [String]
        var reason: String?
    }
}

extension ResourceUsage {
    var cpuMilli: Int64 { cpu?.milli ?? 0 }
    var memoryBytes: Int64 { memory?.value ?? 0 }
    var cpuCell: String { cpu.map { "\($0.milli)m" } ?? Top.unknown }
    var memoryCell: String { memory.map { "\($0.mebibytes)Mi" } ?? Top.unknown }

    /// Whether this one's row comes before the other's; nil where the key does not tell them apart.
    func precedes(_ other: ResourceUsage, by key: Top.SortKey?) -> Bool? {
        switch key {
        case .cpu where cpuMilli != other.cpuMilli: cpuMilli > other.cpuMilli
        case .memory where memoryBytes != other.memoryBytes: memoryBytes > other.memoryBytes
        default: nil
        }
    }
}
