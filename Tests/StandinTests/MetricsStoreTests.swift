// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import kbootstrap_lab

@Suite struct MetricsStoreTests {
    private let pod = PodKey(namespace: "default", name: "web")

    private func point(at seconds: Int64, cpu: UInt64, start: Int64 = 0) -> MetricsPoint {
        MetricsPoint(
            startTime: start * 1000, timestamp: seconds * 1000, cumulativeCPU: cpu * 1_000_000_000, memoryBytes: 4096)
    }

    private func store(_ release: StandinRelease = .newest) -> MetricsStore {
        MetricsStore(resolution: .seconds(15), release: release, log: Lines().log)
    }

    @Test func aRateNeedsTwoPoints() throws {
        let store = store()
        store.store(MetricsBatch(nodes: ["n": point(at: 1000, cpu: 10)], pods: [pod: ["c": point(at: 1000, cpu: 1)]]))
        #expect(store.nodeUsages().isEmpty)
        #expect(store.containerUsages(pod) == nil)
        #expect(!store.isReady)
        store.store(MetricsBatch(nodes: ["n": point(at: 1020, cpu: 20)], pods: [pod: ["c": point(at: 1020, cpu: 2)]]))
        let node = try #require(store.nodeUsages()["n"])
        #expect(node.usage == ResourceUsage(cpuNanocores: 500_000_000, memoryBytes: 4096))
        #expect(node.window == MeasuredWindow(end: 1_020_000, length: 20_000))
        let containers = try #require(store.containerUsages(pod))
        #expect(containers.containers == [.init(name: "c", usage: .init(cpuNanocores: 50_000_000, memoryBytes: 4096))])
        #expect(store.isReady)
    }

    @Test(arguments: [(StandinRelease(0, 8, 1), true), (StandinRelease(0, 9, 0), false)])
    func nodesAloneAreEnoughBefore09(release: StandinRelease, isReady: Bool) {
        let store = store(release)
        store.store(MetricsBatch(nodes: ["n": point(at: 1000, cpu: 10)]))
        store.store(MetricsBatch(nodes: ["n": point(at: 1020, cpu: 20)]))
        #expect(store.isReady == isReady)
    }

    @Test func aRepeatedPointKeepsTheRate() {
        let store = store()
        for seconds in [1000, 1020, 1020] as [Int64] {
            store.store(MetricsBatch(nodes: ["n": point(at: seconds, cpu: UInt64(seconds))]))
        }
        #expect(store.nodeUsages()["n"]?.window.length == 20_000)
    }

    @Test func aRestartedContainerHasNoRateAcrossItsStart() {
        let store = store()
        store.store(MetricsBatch(pods: [pod: ["c": point(at: 1000, cpu: 50)]]))
        store.store(MetricsBatch(pods: [pod: ["c": point(at: 1020, cpu: 1, start: 1015)]]))
        #expect(store.containerUsages(pod) == nil)
    }

    @Test func aFreshContainerIsMeasuredFromItsStart() throws {
        let store = store()
        store.store(MetricsBatch(pods: [pod: ["c": point(at: 1012, cpu: 6, start: 1000)]]))
        let usage = try #require(store.containerUsages(pod))
        #expect(usage.containers.first?.usage.cpuNanocores == 500_000_000)
        #expect(usage.window.length == 12_000)
    }

    @Test func aPodWithANewContainerWaits() {
        let store = store()
        store.store(MetricsBatch(pods: [pod: ["a": point(at: 1000, cpu: 1)]]))
        store.store(MetricsBatch(pods: [pod: ["a": point(at: 1020, cpu: 2), "b": point(at: 1020, cpu: 2)]]))
        #expect(store.containerUsages(pod) == nil)
    }
}
