// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import MetricsServer
import Testing

@Suite struct MetricsReadingTests {
    @Test("times, windows and ages are read")
    func measurement() throws {
        let metrics = try NodeMetrics.read(Fixture.bytes("top/node-metrics.json"))
        let first = try #require(metrics.first)
        let now = try #require(Fixture.now)
        #expect(first.measurement.window == .milliseconds(10_198))
        #expect(first.measurement.age(at: now) == 11)
        #expect(first.measurement.age(at: now.addingTimeInterval(-20)) == -9)
    }

    @Test(
        "windows are read as Go writes them",
        arguments: [
            ("15.012s", .milliseconds(15_012)), ("1m0s", .seconds(60)), ("1h0m0.5s", .milliseconds(3_600_500)),
            ("300ms", .milliseconds(300)), ("1.5µs", .nanoseconds(1500)), ("0s", .zero), ("0", .zero),
            ("-2s", .seconds(-2)),
            (".5s", .milliseconds(500)), ("1.s", .seconds(1)), ("0.1234567899s", .nanoseconds(123_456_789)),
            ("", nil), ("5", nil), ("s", nil), (".s", nil), ("1x", nil), ("1.2.3s", nil), ("9999999999h", nil),
            ("٣s", nil),
            ("-", nil), ("15s ", nil),
        ] as [(String, Duration?)])
    func window(_ text: String, _ expected: Duration?) throws {
        let node: JSONValue = ["metadata": ["name": "n"], "window": .string(text)]
        #expect(NodeMetrics(node)?.measurement.window == expected)
    }

    @Test("one object reads like a list of one, and no items like an empty list")
    func shapes() throws {
        #expect(try PodMetrics.read(Array(#"{"kind":"PodMetricsList","items":null}"#.utf8)).isEmpty)
        let one = try PodMetrics.read(
            Array(
                #"{"kind":"PodMetrics","metadata":{"name":"p","namespace":"d"},"timestamp":"soon","containers":[]}"#
                    .utf8))
        #expect(one.map(\.name) == ["p"])
        #expect(one.first?.measurement.timestamp == nil)
        #expect(one.first?.measurement.window == nil)
        #expect(one.first?.usage == ResourceUsage())
    }

    @Test(
        "what is no list of metrics is refused with what it is",
        arguments: [
            ("", "NodeMetrics"), ("{", "NodeMetrics"), ("[]", "NodeMetrics"), ("{}", "it is of no kind"),
            (#"{"kind":"PodMetricsList","items":[]}"#, "it is a PodMetricsList"),
            (#"{"kind":"Status","message":"no"}"#, "it is a Status"),
            (#"{"kind":"NodeMetricsList","items":[{"metadata":{}}]}"#, "items[0].metadata"),
            (#"{"kind":"NodeMetricsList","items":[{"metadata":{"name":7}}]}"#, "items[0].metadata.name"),
            (#"{"kind":"NodeMetricsList","items":{}}"#, "items"),
        ])
    func refused(_ text: String, _ part: String) throws {
        let error = try #require(throws: MetricsError.self) { try NodeMetrics.read(Array(text.utf8)) }
        #expect(error.description.contains(part))
        #expect(error.description.hasPrefix("the metrics API's answer cannot be read as NodeMetrics"))
        #expect(error.hint == "kbootstrap verify")
    }

    private static func group(_ versions: [String], preferred: String?) -> JSONValue {
        [
            "kind": "APIGroup", "name": "metrics.k8s.io", "versions": .array(versions.map { ["version": .string($0)] }),
            "preferredVersion": preferred.map { ["version": .string($0)] } ?? .null,
        ]
    }

    @Test(
        "the version of the API is the server's preferred one, where it is understood",
        arguments: [
            (["v1beta1"], "v1beta1", "v1beta1"), (["v1", "v1beta1"], "v1", "v1"),
            (["v1", "v1beta1"], "v1beta1", "v1beta1"),
            (["v2", "v1beta1"], "v2", "v1beta1"), (["v1beta1", "v1"], nil, "v1"), (["v1beta1"], "v1", "v1beta1"),
        ] as [([String], String?, String)])
    func version(_ served: [String], _ preferred: String?, _ expected: String) throws {
        let group = Self.group(served, preferred: preferred)
        let api = try MetricsAPI(discovery: group)
        #expect(api.version == expected)
        #expect(api.nodes.path(namespace: nil) == "/apis/metrics.k8s.io/\(expected)/nodes")
        #expect(api.pods.path(namespace: "a") == "/apis/metrics.k8s.io/\(expected)/namespaces/a/pods")
        #expect(try MetricsAPI(discovery: ["kind": "APIGroupList", "groups": [["name": "apps"], group]]) == api)
    }

    @Test("a server without the metrics API, or with one of the future, is named as such")
    func noVersion() throws {
        let absent = try #require(throws: MetricsError.self) {
            try MetricsAPI(discovery: ["kind": "APIGroupList", "groups": [["name": "apps"]]])
        }
        #expect(absent.description == "the API server does not serve metrics.k8s.io")
        #expect(absent.hint == "kbootstrap install-metrics")
        let future = try #require(throws: MetricsError.self) {
            try MetricsAPI(discovery: Self.group(["v2", "v3"], preferred: "v3"))
        }
        #expect(future.description == "metrics.k8s.io is served in v2, v3, of which this program reads v1 and v1beta1")
    }
}
