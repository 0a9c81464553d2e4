// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import MetricsServer
import Testing

@Suite struct KubectlTopTests {
    private let now: Date

    init() throws { now = try #require(Fixture.now) }

    @Test(
        "nodes are shown as kubectl shows them",
        arguments: [("nodes", nil), ("nodes-cpu", .cpu), ("nodes-memory", .memory)] as [(String, Top.SortKey?)])
    func nodes(_ name: String, _ key: Top.SortKey?) throws {
        let nodes = try Fixture.json("top/nodes.json").items
        let metrics = try NodeMetrics.read(Fixture.bytes("top/node-metrics.json"))
        let table = Top.nodes(metrics: metrics, nodes: nodes, now: now, sortedBy: key)
        let expected = try Fixture.rows("top/kubectl-\(name).txt")
        #expect(table.header == expected[0] + ["REASON"])
        #expect(table.rows.map { Array($0.dropLast()) } == Array(expected.dropFirst()))
        #expect(table.rows.map(\.last) == Array(repeating: "", count: 6) + ["node is not Ready: KubeletNotReady"])
        let asJSON = try Fixture.json("top/node-metrics.json").items
        #expect(Top.nodes(metrics: asJSON, nodes: nodes, now: now, sortedBy: key) == table)
    }

    @Test(
        "pods are shown as kubectl shows them",
        arguments: [
            ("pods", false, nil), ("pods-cpu", false, .cpu), ("pods-memory", false, .memory),
            ("pods-containers", true, nil), ("pods-containers-cpu", true, .cpu),
        ] as [(String, Bool, Top.SortKey?)])
    func pods(_ name: String, _ containers: Bool, _ key: Top.SortKey?) throws {
        let metrics = try PodMetrics.read(Fixture.bytes("top/pod-metrics.json"))
        let table = Top.pods(
            metrics: metrics, pods: [], showsNamespace: true, showsContainers: containers, now: now, sortedBy: key)
        #expect([table.header] + table.rows == (try Fixture.rows("top/kubectl-\(name).txt")))
        let asJSON = try Fixture.json("top/pod-metrics.json").items
        #expect(
            Top.pods(
                metrics: asJSON, pods: [], showsNamespace: true, showsContainers: containers, now: now, sortedBy: key)
                == table)
    }

    @Test("within one namespace there is no column for it")
    func oneNamespace() throws {
        let metrics = try PodMetrics.read(Fixture.bytes("top/pod-metrics.json")).filter { $0.namespace == "default" }
        let table = Top.pods(metrics: metrics, pods: [], showsNamespace: false, now: now)
        #expect([table.header] + table.rows == (try Fixture.rows("top/kubectl-pods-default.txt")))
    }

    @Test(
        "a node without metrics says why",
        arguments: [
            (
                #"{"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown"}"#,
                "node is not Ready: its kubelet has stopped reporting"
            ),
            (#"{"type":"Ready","status":"False"}"#, "node is not Ready"),
            (#"{"type":"DiskPressure","status":"False"}"#, "node has not reported yet"),
            (
                #"{"type":"Ready","status":"True","lastTransitionTime":"2026-11-23T08:59:48Z"}"#,
                "node became Ready 12 s ago; metrics follow within 30 s"
            ),
            (
                #"{"type":"Ready","status":"True","lastTransitionTime":"2026-11-23T08:59:30Z"}"#,
                "node is Ready, but metrics-server has nothing from its kubelet"
            ),
        ])
    func nodeReason(_ condition: String, _ reason: String) throws {
        let node = try JSONValue.parse(
            Array(#"{"metadata":{"name":"n"},"status":{"conditions":[\#(condition)]}}"#.utf8))
        #expect(MissingMetrics.reason(ofNode: node, at: now) == reason)
        let table = Top.nodes(metrics: [NodeMetrics](), nodes: [node], now: now)
        #expect(table.rows == [["n"] + Array(repeating: "<unknown>", count: 4) + [reason]])
    }

    @Test(
        "a pod without metrics says why",
        arguments: [
            (#"{"phase":"Succeeded"}"#, nil),
            (#"{"phase":"Failed"}"#, nil),
            (#"{"phase":"Pending"}"#, "pod is Pending"),
            (
                #"{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable"}]}"#,
                "pod is Pending: Unschedulable"
            ),
            (
                #"{"phase":"Pending","containerStatuses":[{"name":"c","state":{"waiting":{"reason":"ErrImagePull"}}}]}"#,
                "pod is Pending: ErrImagePull"
            ),
            (
                #"{"phase":"Running","containerStatuses":[{"name":"c","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}"#,
                "container c is not running: CrashLoopBackOff"
            ),
            (
                #"{"phase":"Running","containerStatuses":[{"name":"c","state":{"terminated":{"reason":"Completed"}}}]}"#,
                "container c is not running: Completed"
            ),
            (
                #"{"phase":"Running","containerStatuses":[{"name":"c","state":{"running":{"startedAt":"2026-11-23T08:59:50Z"}}}]}"#,
                "started 10 s ago; metrics follow within 30 s"
            ),
            (
                #"{"phase":"Running","containerStatuses":[{"name":"c","state":{"running":{"startedAt":"2026-11-23T08:00:00Z"}}}]}"#,
                "pod runs on node n1, but metrics-server has nothing of it"
            ),
        ] as [(String, String?)])
    func podReason(_ status: String, _ reason: String?) throws {
        let pod = try JSONValue.parse(
            Array(
                #"{"metadata":{"name":"p","namespace":"d"},"spec":{"nodeName":"n1","containers":[{"name":"c"}]},"status":\#(status)}"#
                    .utf8))
        #expect(MissingMetrics.reason(ofPod: pod, at: now) == reason)
        let table = Top.pods(
            metrics: [PodMetrics](), pods: [pod], showsNamespace: true, showsContainers: true, now: now)
        #expect(table.rows == (reason.map { [["d", "p", "c", "<unknown>", "<unknown>", $0]] } ?? []))
    }

    @Test("a pod that is being deleted says so")
    func deleted() throws {
        let pod = try JSONValue.parse(
            Array(
                #"{"metadata":{"name":"p","deletionTimestamp":"2026-11-23T08:59:50Z"},"status":{"phase":"Running"}}"#
                    .utf8))
        #expect(MissingMetrics.reason(ofPod: pod, at: now) == "pod is being deleted")
    }

    @Test("metrics of a node that is gone, and values that are none, are unknown with a reason")
    func partial() throws {
        let metrics = try NodeMetrics.read(
            Array(
                #"""
                {"kind":"NodeMetricsList","items":[
                  {"metadata":{"name":"gone"},"usage":{"cpu":"5m","memory":"1Mi"}},
                  {"metadata":{"name":"half"},"usage":{"cpu":"lots","memory":3145728}},
                  {"metadata":{"name":"e\u001b[2Jvil"},"usage":{"cpu":"1","memory":"1Mi"}}]}
                """#.utf8))
        let node: JSONValue = [
            "metadata": ["name": "half"], "status": ["allocatable": ["cpu": "1", "memory": "6Mi"]],
        ]
        let table = Top.nodes(metrics: metrics, nodes: [node], now: now)
        #expect(
            table.rows == [
                ["e\\u{1b}[2Jvil", "1000m", "<unknown>", "1Mi", "<unknown>", "there is no such node any more"],
                ["gone", "5m", "<unknown>", "1Mi", "<unknown>", "there is no such node any more"],
                [
                    "half", "<unknown>", "<unknown>", "3Mi", "50%",
                    "metrics-server says only a part of what the node uses",
                ],
            ])
    }

    @Test("a pod whose containers use more than can be counted does not stop the table")
    func overflow() throws {
        let huge: JSONValue = ["cpu": "170000000000E", "memory": "170000000000E"]
        let metrics: [JSONValue] = [
            ["metadata": ["name": "p"], "containers": [["name": "a", "usage": huge], ["name": "b", "usage": huge]]]
        ]
        let table = Top.pods(metrics: metrics, pods: [], showsNamespace: false, now: now)
        #expect(table.rows == [["p", "\(Int64.max)m", "\(Int64.max >> 20)Mi"]])
    }
}
