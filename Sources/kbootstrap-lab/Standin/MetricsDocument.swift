// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import NIOCore

/// The bodies of metrics.k8s.io/v1beta1.
struct MetricsDocument {
    private static let apiVersion = #""apiVersion":"metrics.k8s.io/v1beta1""#

    private var json: JSONText
    private let now = UTCTime(Date()).rfc3339

    private init(capacity: Int) { json = JSONText(capacity: capacity) }

    static func list(_ nodes: [NodeUsage]) -> ByteBuffer {
        list("NodeMetricsList", of: nodes, bytesEach: 400) { $0.item($1, withKind: false) }
    }

    static func list(_ pods: [PodUsage]) -> ByteBuffer {
        list("PodMetricsList", of: pods, bytesEach: 500) { $0.item($1, withKind: false) }
    }

    static func one(_ node: NodeUsage) -> ByteBuffer {
        var document = MetricsDocument(capacity: 1024)
        document.item(node, withKind: true)
        document.json.raw("\n")
        return document.json.buffer
    }

    static func one(_ pod: PodUsage) -> ByteBuffer {
        var document = MetricsDocument(capacity: 1024)
        document.item(pod, withKind: true)
        document.json.raw("\n")
        return document.json.buffer
    }

    private static func list<Item>(
        _ kind: String, of items: [Item], bytesEach: Int, _ write: (inout MetricsDocument, Item) -> Void
    ) -> ByteBuffer {
        var document = MetricsDocument(capacity: 200 + items.count * bytesEach)
        document.json.raw(#"{"kind":"\#(kind)",\#(apiVersion),"metadata":{},"items":["#)
        for (index, item) in items.enumerated() {
            if index > 0 { document.json.raw(",") }
            write(&document, item)
        }
        document.json.raw("]}\n")
        return document.json.buffer
    }

    private mutating func item(_ node: NodeUsage, withKind: Bool) {
        json.raw(withKind ? #"{"kind":"NodeMetrics",\#(Self.apiVersion),"# : "{")
        metadata(name: node.name, namespace: nil, labels: node.labels)
        measured(node.window)
        json.raw(",\"usage\":")
        usage(node.usage)
        json.raw("}")
    }

    private mutating func item(_ pod: PodUsage, withKind: Bool) {
        json.raw(withKind ? #"{"kind":"PodMetrics",\#(Self.apiVersion),"# : "{")
        metadata(name: pod.name, namespace: pod.namespace, labels: pod.labels)
        measured(pod.window)
        json.raw(",\"containers\":[")
        for (index, container) in pod.containers.enumerated() {
            json.raw(index > 0 ? ",{\"name\":" : "{\"name\":")
            json.string(container.name)
            json.raw(",\"usage\":")
            usage(container.usage)
            json.raw("}")
        }
        json.raw("]}")
    }

    private mutating func metadata(name: String, namespace: String?, labels: [String: String]) {
        json.raw("\"metadata\":{\"name\":")
        json.string(name)
        if let namespace {
            json.raw(",\"namespace\":")
            json.string(namespace)
        }
        json.raw(",\"creationTimestamp\":\"\(now)\"")
        if !labels.isEmpty {
            json.raw(",\"labels\":")
            json.object(labels)
        }
        json.raw("}")
    }

    private mutating func measured(_ window: MeasuredWindow) {
        let end = UTCTime(millisecondsSinceEpoch: window.end).rfc3339
        json.raw(",\"timestamp\":\"\(end)\",\"window\":\"\(GoDuration.text(nanoseconds: window.length * 1_000_000))\"")
    }

    private mutating func usage(_ usage: ResourceUsage) {
        json.raw("{\"cpu\":\"\(usage.cpuQuantity)\",\"memory\":\"\(usage.memoryQuantity)\"}")
    }
}
