// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import Testing

@testable import kbootstrap_lab

@Suite struct SimulatedUsageTests {
    @Test(arguments: ["a", "b", "c", "d"])
    func countersNeverRunBackwards(name: String) {
        let usage = SimulatedUsage.node(name, seed: 3)
        let counters = stride(from: Int64(0), to: 2_000_000, by: 5000).map { usage.cpuSeconds(from: 0, to: $0) }
        #expect(zip(counters, counters.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func numbersAreTheSameForTheSameSeed() {
        #expect(SimulatedUsage.node("a", seed: 3).baseCPU == SimulatedUsage.node("a", seed: 3).baseCPU)
        #expect(SimulatedUsage.node("a", seed: 3).baseCPU != SimulatedUsage.node("a", seed: 4).baseCPU)
    }

    @Test func aKubeletTellsOfItsNodeAndItsContainers() throws {
        let pod = try #require(
            ClusterPod([
                "metadata": ["name": "web", "namespace": "default"],
                "spec": ["nodeName": "n", "containers": [["name": "main"]]],
                "status": ["startTime": "2026-11-01T00:00:00Z"],
            ]))
        let text = KubeletMetricsText(node: "n", seed: 7).text([pod], fault: nil, now: 1_795_000_000_000)
        let series = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.prefix { $0 != " " } }
        for name in ["node_cpu_usage_seconds_total", "node_memory_working_set_bytes"] {
            #expect(series.contains { $0 == name }, "\(name)")
        }
        let labels = #"{container="main",namespace="default",pod="web"}"#
        for name in ["cpu_usage_seconds_total", "memory_working_set_bytes", "start_time_seconds"] {
            #expect(series.contains { $0 == "container_\(name)\(labels)" }, "\(name)")
        }
    }
}
