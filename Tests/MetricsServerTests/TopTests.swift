// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient
import MetricsServer
import Testing

@Suite struct TopTests {
    @Test(arguments: [
        ("123456789n", 124, 0), ("100m", 100, 0), ("1", 1000, 0), ("0.5", 500, 0), ("1.5", 1500, 0),
        ("2e3", 2_000_000, 0),
        ("0", 0, 0), ("1Gi", 1_073_741_824_000, 1024), ("1536Ki", 1_572_864_000, 1), ("2097151", 2_097_151_000, 1),
        ("-1", -1000, 0), ("1u", 1, 0), ("1k", 1_000_000, 0),
    ])
    func quantitiesAreRead(_ text: String, _ milli: Int64, _ mebibytes: Int64) throws {
        let quantity = try #require(Quantity(text))
        #expect(quantity.milli == milli)
        #expect(quantity.mebibytes == mebibytes)
    }

    @Test(arguments: ["", "m", "1x", "1 Gi", "--1", "1e99", "0x10", ".", "1.5.5", "٣"])
    func nonsenseIsNoQuantity(_ text: String) {
        #expect(Quantity(text) == nil)
    }

    @Test(arguments: ["170000000000E", "-170000000000E"])
    func sumsBeyondAllBoundsDoNotEndTheProgram(_ text: String) throws {
        let huge = try #require(Quantity(text))
        let sum = huge + huge
        #expect(sum.milli == (text.hasPrefix("-") ? .min : .max))
        #expect(sum + huge == sum)
    }

    private func node(_ name: JSONValue, ready: JSONValue) -> JSONValue {
        [
            "metadata": ["name": name],
            "status": [
                "allocatable": ["cpu": "4", "memory": "8Gi"],
                "conditions": [["type": "Ready", "status": ready, "reason": "KubeletNotReady"]],
            ],
        ]
    }

    @Test func nodesAreShownAsKubectlDoes() {
        let metrics: JSONValue = ["metadata": ["name": "a"], "usage": ["cpu": "123456789n", "memory": "1048577Ki"]]
        let top = Top.nodes(metrics: [metrics], nodes: [node("b", ready: "False"), node("a", ready: "True")])
        #expect(top.header == ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)", "REASON"])
        #expect(
            top.rows == [
                ["a", "124m", "3%", "1024Mi", "12%", ""],
                ["b", "<unknown>", "<unknown>", "<unknown>", "<unknown>", "node is not Ready: KubeletNotReady"],
            ])
    }

    @Test func podsAddUpTheirContainers() {
        let pod: JSONValue = ["metadata": ["namespace": "x", "name": "p"], "status": ["phase": "Running"]]
        let pending: JSONValue = ["metadata": ["namespace": "x", "name": "q"], "status": ["phase": "Pending"]]
        let metrics: JSONValue = [
            "metadata": ["namespace": "x", "name": "p"],
            "containers": [
                ["usage": ["cpu": "1500000n", "memory": "1Mi"]], ["usage": ["cpu": "600000n", "memory": "1536Ki"]],
            ],
        ]
        let top = Top.pods(metrics: [metrics], pods: [pod, pending], showsNamespace: true, now: Date())
        #expect(top.rows == [["x", "p", "3m", "2Mi", ""], ["x", "q", "<unknown>", "<unknown>", "pod is Pending"]])
    }
}
