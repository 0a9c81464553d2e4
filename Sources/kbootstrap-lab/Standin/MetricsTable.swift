// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// The table that kubectl asks for when it prints `kubectl get nodes.metrics.k8s.io`.
struct MetricsTable {
    struct Row {
        let name: String
        let namespace: String?
        let usage: ResourceUsage
        let window: MeasuredWindow
    }

    /// The version of the Table kind that the caller prefers to plain JSON; nil when it asks for none.
    static func wanted(by headers: HTTPHeaders) -> String? {
        guard let first = headers.first(name: "accept")?.split(separator: ",").first else { return nil }
        let parameters = first.split(separator: ";").map { $0.drop { $0 == " " } }
        guard parameters.first == "application/json", parameters.contains("as=Table"),
            parameters.contains("g=meta.k8s.io")
        else { return nil }
        return parameters.first { $0.hasPrefix("v=") }.map { String($0.dropFirst(2)) }
    }

    static func document(version: String, _ rows: [Row]) -> ByteBuffer {
        var json = JSONText(capacity: 1024 + rows.count * 300)
        json.raw(#"{"kind":"Table","apiVersion":"meta.k8s.io/\#(version)","metadata":{},"columnDefinitions":["#)
        let columns = [("Name", "name"), ("cpu", "quantity"), ("memory", "quantity"), ("Window", "duration")]
        for (index, column) in columns.enumerated() {
            json.raw(index > 0 ? "," : "")
            let description = index == 0 ? "Name of the resource" : ""
            json.raw(#"{"name":"\#(column.0)","type":"string","format":"\#(column.1)","#)
            json.raw(#""description":"\#(description)","priority":0}"#)
        }
        json.raw("],\"rows\":[")
        for (index, row) in rows.enumerated() {
            json.raw(index > 0 ? ",{\"cells\":[" : "{\"cells\":[")
            json.string(row.name)
            let window = GoDuration.text(nanoseconds: row.window.length * 1_000_000)
            json.raw(",\"\(row.usage.cpuQuantity)\",\"\(row.usage.memoryQuantity)\",\"\(window)\"]")
            json.raw(#","object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/\#(version)","metadata":"#)
            json.object(["name": row.name].merging(row.namespace.map { ["namespace": $0] } ?? [:]) { $1 })
            json.raw("}}")
        }
        json.raw("]}\n")
        return json.buffer
    }
}
