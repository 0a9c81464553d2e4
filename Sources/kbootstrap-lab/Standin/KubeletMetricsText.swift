// SPDX-License-Identifier: Apache-2.0

/// Writes what a kubelet's /metrics/resource tells, in its text format, about pods that run nowhere.
struct KubeletMetricsText {
    let node: String
    let seed: UInt64
    /// When the simulated node booted, in milliseconds since 1970: 1 January 2026, so that counters are the same
    /// whenever the simulation begins.
    static let boot: Int64 = 1_767_225_600_000

    /// - Parameter now: in milliseconds since 1970.
    func text(_ pods: [ClusterPod], fault: KubeletFault?, now: Int64) -> String {
        if fault == .garbage { return "<html><body>404</body></html>\n" }
        let factor = fault == .zeroCounters ? 0.0 : 1.0
        let running = fault == .noPodMetrics ? [] : pods
        let containers = running.flatMap { pod in
            pod.containers.map { name in
                SimulatedContainer(
                    labels: #"{container="\#(name)",namespace="\#(pod.namespace)",pod="\#(pod.name)"}"#,
                    start: pod.startTime ?? Self.boot,
                    usage: .container(name, pod: pod.name, namespace: pod.namespace, seed: seed))
            }
        }
        let own = SimulatedUsage.node(node, seed: seed)
        var text = Self.head(
            "container_cpu_usage_seconds_total", "Cumulative cpu time consumed by the container in core-seconds",
            "counter")
        for container in containers {
            let used = container.usage.cpuSeconds(from: container.start, to: now) * factor
            text += "container_cpu_usage_seconds_total\(container.labels) \(used) \(now)\n"
        }
        text += Self.head(
            "container_memory_working_set_bytes", "Current working set of the container in bytes", "gauge")
        for container in containers {
            let used = Double(container.usage.memory(at: now)) * factor
            text += "container_memory_working_set_bytes\(container.labels) \(used) \(now)\n"
        }
        text += Self.head(
            "container_start_time_seconds", "Start time of the container since unix epoch in seconds", "gauge")
        for container in containers {
            text += "container_start_time_seconds\(container.labels) \(Double(container.start) / 1000)\n"
        }
        text += Self.head(
            "node_cpu_usage_seconds_total", "Cumulative cpu time consumed by the node in core-seconds", "counter")
        text += "node_cpu_usage_seconds_total \(own.cpuSeconds(from: Self.boot, to: now) * factor) \(now)\n"
        text += Self.head("node_memory_working_set_bytes", "Current working set of the node in bytes", "gauge")
        text += "node_memory_working_set_bytes \(Double(own.memory(at: now)) * factor) \(now)\n"
        text += Self.head(
            "scrape_error", "1 if there was an error while getting container metrics, 0 otherwise", "gauge")
        return text + "scrape_error 0\n"
    }

    private static func head(_ name: String, _ help: String, _ type: String) -> String {
        "# HELP \(name) [ALPHA] \(help)\n# TYPE \(name) \(type)\n"
    }
}

private struct SimulatedContainer {
    let labels: String
    /// In milliseconds since 1970.
    let start: Int64
    let usage: SimulatedUsage
}
