// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import KubernetesClient

/// What nodes use, of what they have to give.
struct TopNodes {
    private let metrics: [NodeMetrics]
    private let nodes: [String: JSONValue]
    private let whole: Top.Whole
    private let now: Date

    init(_ metrics: [NodeMetrics], nodes: [JSONValue], of whole: Top.Whole, now: Date) {
        self.metrics = metrics
        self.whole = whole
        self.nodes = Dictionary(nodes.compactMap { node in node.name.map { ($0, node) } }) { first, _ in first }
        self.now = now
    }

    func rows(sortedBy key: Top.SortKey?) -> Top.Rows {
        let measured = metrics.sorted { $0.usage.precedes($1.usage, by: key) ?? ($0.name < $1.name) }.map(row)
        let absent = Set(nodes.keys).subtracting(metrics.map(\.name)).sorted().map { name in
            Top.Row(
                cells: [name] + Array(repeating: Top.unknown, count: 4),
                reason: MissingMetrics.reason(ofNode: nodes[name] ?? .null, at: now))
        }
        return Top.Rows(["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"], measured + absent)
    }

    private func row(of metrics: NodeMetrics) -> Top.Row {
        let node = nodes[metrics.name]
        let size = node?["status"][whole.rawValue] ?? .null
        let cpu = Quantity(size["cpu"])
        let memory = Quantity(size["memory"])
        var row = Top.Row(
            cells: [
                metrics.name, metrics.usage.cpuCell, Self.share(metrics.usage.cpu, of: cpu),
                metrics.usage.memoryCell, Self.share(metrics.usage.memory, of: memory),
            ])
        if metrics.usage.cpu == nil || metrics.usage.memory == nil {
            row.reason = "metrics-server says only a part of what the node uses"
        } else if node == nil {
            row.reason = "there is no such node any more"
        } else if cpu == nil || memory == nil {
            row.reason =
                whole == .allocatable
                ? "the node does not say what is allocatable" : "the node does not say its capacity"
        }
        return row
    }

    /// The percentage, its fraction dropped. In floating point, as kubectl reckons: 29 of 100 is 28% to both.
    private static func share(_ usage: Quantity?, of whole: Quantity?) -> String {
        guard let usage, let whole else { return Top.unknown }
        guard whole.milli != 0 else { return "0%" }
        let percent = Double(usage.milli) / Double(whole.milli) * 100
        return "\(Int64(exactly: percent.rounded(.towardZero)) ?? .max)%"
    }
}

extension Top {
    /// What the table looks at of a Node, which lists its images, too.
    public static func node(_ node: JSONValue) -> JSONValue? {
        let status = node["status"]
        let ready = status["conditions"].array?.filter { $0["type"].string == "Ready" } ?? []
        return [
            "metadata": ["name": node["metadata"]["name"]],
            "status": [
                "allocatable": status["allocatable"], "capacity": status["capacity"], "conditions": .array(ready),
            ],
        ]
    }
}
