// SPDX-License-Identifier: Apache-2.0

/// Where the numbers behind metrics.k8s.io come from: scraped from kubelets, or made up for size.
protocol ResourceMetricsSource: Sendable {
    /// Whether the cluster has a node of this name; one that is known may still be without metrics.
    func knowsNode(_ name: String) async -> Bool
    func knowsPod(_ name: String, namespace: String) async -> Bool

    /// In order of their names.
    func nodeMetrics() async -> [NodeUsage]

    /// In order of namespace and name.
    /// - Parameter namespace: nil for all of them.
    func podMetrics(namespace: String?) async -> [PodUsage]
}
