// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import KubernetesClient

/// Usage in kubectl's columns, from the objects of the API: pure.
public enum Top {
    /// The header, and a row of cells for each object; the last cell says why where a value is unknown.
    public struct Rows: Sendable, Equatable {
        public let header: [String]
        public let rows: [[String]]
    }

    /// - Parameters:
    ///   - metrics: items of NodeMetricsList.
    ///   - nodes: the nodes, for what they can allocate and for those without metrics.
    public static func nodes(metrics: [JSONValue], nodes: [JSONValue]) -> Rows {
        let usage = Dictionary(
            metrics.compactMap { item in item.name.map { ($0, item["usage"]) } }, uniquingKeysWith: { first, _ in first })
        let rows: [(cells: [String], reason: String?)] = nodes.sorted { ($0.name ?? "") < ($1.name ?? "") }.map { node in
            let name = node.name ?? ""
            guard let used = usage[name], let cpu = quantity(used["cpu"]), let memory = quantity(used["memory"]) else {
                return ([name] + Array(repeating: "<unknown>", count: 4), reason(node))
            }
            let allocatable = node["status"]["allocatable"]
            return (
                [
                    name, "\(cpu.milli)m", percentage(cpu.milli, of: quantity(allocatable["cpu"])?.milli),
                    "\(memory.mebibytes)Mi", percentage(memory.value, of: quantity(allocatable["memory"])?.value),
                ], nil
            )
        }
        return withReasons(["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"], rows)
    }

    /// - Parameters:
    ///   - metrics: items of PodMetricsList.
    ///   - pods: the pods, for those without metrics.
    ///   - showsNamespace: a first column with it.
    public static func pods(metrics: [JSONValue], pods: [JSONValue], showsNamespace: Bool, now: Date) -> Rows {
        func key(_ object: JSONValue) -> [String] { [object["metadata"]["namespace"].string ?? "", object.name ?? ""] }
        let usage = Dictionary(metrics.map { (key($0), $0["containers"].array ?? []) }, uniquingKeysWith: { first, _ in first })
        let all = Dictionary(
            (pods + metrics).map { (key($0), $0) }, uniquingKeysWith: { pod, _ in pod })
        let rows: [(cells: [String], reason: String?)] = all.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { key, pod in
                let name = showsNamespace ? key : [key[1]]
                guard let containers = usage[key], !containers.isEmpty else {
                    return (name + ["<unknown>", "<unknown>"], reason(pod: pod, now: now))
                }
                let cpu = containers.compactMap { quantity($0["usage"]["cpu"]) }.reduce(.zero, +)
                let memory = containers.compactMap { quantity($0["usage"]["memory"]) }.reduce(.zero, +)
                return (name + ["\(cpu.milli)m", "\(memory.mebibytes)Mi"], nil)
            }
        return withReasons((showsNamespace ? ["NAMESPACE"] : []) + ["NAME", "CPU(cores)", "MEMORY(bytes)"], rows)
    }

    private static func withReasons(_ header: [String], _ rows: [(cells: [String], reason: String?)]) -> Rows {
        guard rows.contains(where: { $0.reason != nil }) else { return Rows(header: header, rows: rows.map(\.cells)) }
        return Rows(header: header + ["REASON"], rows: rows.map { $0.cells + [$0.reason ?? ""] })
    }

    private static func quantity(_ value: JSONValue) -> Quantity? {
        value.string.flatMap { Quantity($0) } ?? value.int.flatMap { Quantity("\($0)") }
    }

    private static func percentage(_ used: Int64, of available: Int64?) -> String {
        guard let available, available > 0 else { return "<unknown>" }
        return "\(Int64(Double(used) / Double(available) * 100))%"
    }

    private static func reason(_ node: JSONValue) -> String {
        let ready = node["status"]["conditions"].array?.first { $0["type"].string == "Ready" }
        guard ready?["status"].string == "True" else {
            return "node is not Ready: \(ready?["reason"].string ?? "no condition")".escapingControls
        }
        return "its kubelet was not scraped"
    }

    private static func reason(pod: JSONValue, now: Date) -> String {
        let phase = pod["status"]["phase"].string ?? "unknown"
        guard phase == "Running" else { return "pod is \(phase)".escapingControls }
        if let started = pod["status"]["startTime"].string.flatMap({ try? Date($0, strategy: .iso8601) }),
            now.timeIntervalSince(started) < 60
        {
            return "started \(Int(now.timeIntervalSince(started))) s ago"
        }
        return "its node's kubelet tells nothing about it"
    }
}
