// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import Testing

@testable import kbootstrap_lab

@Suite struct ResourceMetricsTextTests {
    @Test func readsWhatAKubeletWrites() throws {
        let text = """
            # HELP container_cpu_usage_seconds_total [ALPHA] Cumulative cpu time consumed by the container in core-seconds
            # TYPE container_cpu_usage_seconds_total counter
            container_cpu_usage_seconds_total{container="coredns",namespace="kube-system",pod="coredns-5x"} 4.710169 1606127829123
            container_memory_working_set_bytes{container="coredns",namespace="kube-system",pod="coredns-5x"} 1.253376e+07 1606127829123
            container_start_time_seconds{container="coredns",namespace="kube-system",pod="coredns-5x"} 1.6061278e+09
            container_cpu_usage_seconds_total{container="idle",namespace="default",pod="idle"} 0 1606127829123
            container_memory_working_set_bytes{container="idle",namespace="default",pod="idle"} 4096 1606127829123
            node_cpu_usage_seconds_total 357.35491 1606127829999
            node_memory_working_set_bytes 1.616273408e+09 1606127829999
            pod_cpu_usage_seconds_total{namespace="default",pod="idle"} 1 1606127829123
            scrape_error 0
            """
        let batch = try ResourceMetricsText.parse(text, node: "n", receivedAt: 5)
        #expect(
            batch.nodes == [
                "n": MetricsPoint(
                    timestamp: 1_606_127_829_999, cumulativeCPU: 357_354_910_000, memoryBytes: 1_616_273_408)
            ])
        // The pod without CPU time is dropped whole, as upstream does.
        #expect(batch.pods.keys.map(\.name) == ["coredns-5x"])
        let point = try #require(batch.pods[PodKey(namespace: "kube-system", name: "coredns-5x")]?["coredns"])
        #expect(point.startTime == 1_606_127_800_000)
        #expect(point.cumulativeCPU == 4_710_169_000)
        #expect(point.memoryBytes == 12_533_760)
    }

    @Test(
        arguments: [
            "<html>", "node_cpu_usage_seconds_total", "node_cpu_usage_seconds_total one", "a{b=c} 1", "a 1 2 3",
            "a 1 soon",
        ])
    func refusesWhatIsNoMetrics(text: String) {
        #expect(throws: ResourceMetricsText.Malformed.self) {
            try ResourceMetricsText.parse(text, node: "n", receivedAt: 5)
        }
    }

    @Test func numbersBeyondMeasureAreNothing() throws {
        let batch = try ResourceMetricsText.parse(
            "node_cpu_usage_seconds_total 1e300 1\nnode_memory_working_set_bytes -5 1\n", node: "n", receivedAt: 5)
        #expect(batch.nodes.isEmpty)
    }

    @Test func simulatedNumbersComeBackAsTheRatesTheyWereMadeFrom() throws {
        let pod = try #require(
            ClusterPod([
                "metadata": ["name": "web", "namespace": "default"],
                "spec": ["nodeName": "n", "containers": [["name": "main"]]],
                "status": ["startTime": "2026-11-01T00:00:00Z"],
            ]))
        let now: Int64 = 1_795_000_000_000
        let store = MetricsStore(resolution: .seconds(15), release: .newest, log: Lines().log)
        for time in [now - 15_000, now] {
            let text = KubeletMetricsText(node: "n", seed: 7).text([pod], fault: nil, now: time)
            store.store(try ResourceMetricsText.parse(text, node: "n", receivedAt: 0))
        }
        let node = try #require(store.nodeUsages()["n"])
        let between = SimulatedUsage.node("n", seed: 7).cpu(at: now - 7500)
        #expect(abs(Double(node.usage.cpuNanocores) / 1e9 - between) < 0.001)
        #expect(store.containerUsages(PodKey(namespace: "default", name: "web"))?.containers.map(\.name) == ["main"])
        #expect(store.isReady)
    }

    @Test func simulatedCountersNeverRunBackwards() {
        for name in ["a", "b", "c", "d"] {
            let usage = SimulatedUsage.node(name, seed: 3)
            let counters = stride(from: Int64(0), to: 2_000_000, by: 5000).map { usage.cpuSeconds(from: 0, to: $0) }
            #expect(zip(counters, counters.dropFirst()).allSatisfy { $0 < $1 })
        }
        #expect(SimulatedUsage.node("a", seed: 3).baseCPU == SimulatedUsage.node("a", seed: 3).baseCPU)
        #expect(SimulatedUsage.node("a", seed: 3).baseCPU != SimulatedUsage.node("a", seed: 4).baseCPU)
    }
}
