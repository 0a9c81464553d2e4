// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// A pod, as far as its resource metrics are concerned.
struct ClusterPod: Sendable {
    let namespace: String
    let name: String
    let labels: [String: String]
    let nodeName: String?
    let containers: [String]
    /// When the kubelet took it on, in milliseconds since 1970; nil before.
    let startTime: Int64?

    init?(_ pod: JSONValue) {
        guard let name = pod.name else { return nil }
        self.name = name
        namespace = pod["metadata"]["namespace"].string ?? "default"
        labels = (pod["metadata"]["labels"].object ?? [:]).compactMapValues(\.string)
        nodeName = pod["spec"]["nodeName"].string
        containers = (pod["spec"]["containers"].array ?? []).compactMap { $0["name"].string }
        let started = pod["status"]["startTime"].string.flatMap { try? Date($0, strategy: .iso8601) }
        startTime = started.map { Int64($0.timeIntervalSince1970 * 1000) }
    }
}
