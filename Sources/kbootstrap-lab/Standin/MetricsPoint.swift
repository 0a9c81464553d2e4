// SPDX-License-Identifier: Apache-2.0

/// What a kubelet said of a node or container at one moment. Times in milliseconds since 1970.
struct MetricsPoint: Sendable, Equatable {
    /// When the counter began at zero; 0 where the kubelet does not tell.
    var startTime: Int64 = 0
    var timestamp: Int64 = 0
    /// Since the start, in billionths of a core times seconds.
    var cumulativeCPU: UInt64 = 0
    var memoryBytes: UInt64 = 0

    /// The usage between an earlier point and this one; nil when the counters went backwards.
    func usage(since earlier: MetricsPoint) -> (usage: ResourceUsage, window: MeasuredWindow)? {
        let length = timestamp - earlier.timestamp
        guard length > 0, startTime >= earlier.startTime, cumulativeCPU >= earlier.cumulativeCPU else { return nil }
        let cpu = Double(cumulativeCPU - earlier.cumulativeCPU) / (Double(length) / 1000)
        return (
            ResourceUsage(cpuNanocores: UInt64(cpu), memoryBytes: memoryBytes),
            MeasuredWindow(end: timestamp, length: length)
        )
    }
}

struct PodKey: Hashable, Sendable {
    let namespace: String
    let name: String
}

/// What one round of scraping brought.
struct MetricsBatch: Sendable, Equatable {
    var nodes: [String: MetricsPoint] = [:]
    /// By pod, then by container.
    var pods: [PodKey: [String: MetricsPoint]] = [:]
}
