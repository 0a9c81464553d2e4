// SPDX-License-Identifier: Apache-2.0

/// Scraped numbers beside the cluster's own nodes and pods: only what the API server knows is served.
struct ScrapedMetrics: ResourceMetricsSource {
    let nodes: FollowedObjects<ScrapedNode>
    let pods: FollowedObjects<ClusterPod>
    let store: MetricsStore
    let nodeSelector: LabelSelector?

    func knowsNode(_ name: String) async -> Bool { nodes["", name] != nil }

    func knowsPod(_ name: String, namespace: String) async -> Bool { pods[namespace, name] != nil }

    func nodeMetrics() async -> [NodeUsage] {
        let usages = store.nodeUsages()
        return nodes.all.filter { nodeSelector?.matches($0.labels) ?? true }.sorted { $0.name < $1.name }
            .compactMap { node in
                usages[node.name].map {
                    NodeUsage(name: node.name, labels: node.labels, window: $0.window, usage: $0.usage)
                }
            }
    }

    func podMetrics(namespace: String?) async -> [PodUsage] {
        pods.all.filter { namespace == nil || $0.namespace == namespace }
            .sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
            .compactMap { pod in
                store.containerUsages(PodKey(namespace: pod.namespace, name: pod.name)).map {
                    PodUsage(
                        namespace: pod.namespace, name: pod.name, labels: pod.labels, window: $0.window,
                        containers: $0.containers)
                }
            }
    }
}
