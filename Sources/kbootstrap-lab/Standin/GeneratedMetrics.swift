// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// Numbers for as many nodes and pods as asked, scraped from nowhere.
///
/// Nodes are `node-00000` on, pods `load-00000` on, spread over the namespaces `load-000` on, 110 pods a namespace,
/// and over the nodes in turn.
struct GeneratedMetrics: ResourceMetricsSource {
    /// As many as a kubelet runs by default.
    static let podsPerNamespace = 110

    let nodeCount: Int
    let podCount: Int
    let containersPerPod: Int
    let seed: UInt64
    /// What a scrape's window would be, in milliseconds.
    let window: Int64

    static func nodeName(_ index: Int) -> String { "node-\(index.padded(5))" }
    static func podName(_ index: Int) -> String { "load-\(index.padded(5))" }
    static func namespace(ofPod index: Int) -> String { "load-\((index / podsPerNamespace).padded(3))" }

    func knowsNode(_ name: String) async -> Bool {
        (0..<nodeCount).contains { Self.nodeName($0) == name }
    }

    func knowsPod(_ name: String, namespace: String) async -> Bool {
        (0..<podCount).contains { Self.podName($0) == name && Self.namespace(ofPod: $0) == namespace }
    }

    func nodeMetrics() async -> [NodeUsage] {
        let window = currentWindow
        return (0..<nodeCount).map { index in
            let name = Self.nodeName(index)
            return NodeUsage(
                name: name, labels: ["kubernetes.io/hostname": name, "kubernetes.io/os": "linux"], window: window,
                usage: usage(.node(name, seed: seed), window))
        }
    }

    func podMetrics(namespace: String?) async -> [PodUsage] {
        let window = currentWindow
        return (0..<podCount).compactMap { index in
            let own = Self.namespace(ofPod: index)
            guard namespace == nil || namespace == own else { return nil }
            let name = Self.podName(index)
            let containers = (0..<containersPerPod).map { number in
                let container = number == 0 ? "main" : "sidecar-\(number)"
                return PodUsage.Container(
                    name: container,
                    usage: usage(.container(container, pod: name, namespace: own, seed: seed), window))
            }
            return PodUsage(
                namespace: own, name: name, labels: ["app": "load"], window: window, containers: containers)
        }
    }

    /// Ends at a multiple of its length, as between two scrapes.
    private var currentWindow: MeasuredWindow {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        return MeasuredWindow(end: now - now % window, length: window)
    }

    private func usage(_ simulated: SimulatedUsage, _ window: MeasuredWindow) -> ResourceUsage {
        let seconds = simulated.cpuSeconds(from: window.end - window.length, to: window.end)
        return ResourceUsage(
            cpuNanocores: UInt64(seconds / (Double(window.length) / 1000) * 1e9),
            memoryBytes: simulated.memory(at: window.end))
    }
}
