// SPDX-License-Identifier: Apache-2.0

/// Reads the text of a kubelet's /metrics/resource.
struct ResourceMetricsText {
    struct Malformed: Error, CustomStringConvertible {
        let description: String

        fileprivate init(_ expectation: String, _ line: Substring) {
            description = "failed parsing metrics: \(expectation), got \(String(line.prefix(60)).quotedAsInGo)"
        }
    }

    private var node = MetricsPoint()
    private var pods: [PodKey: [String: MetricsPoint]] = [:]

    /// - Parameter receivedAt: the time of series that carry none, in milliseconds since 1970.
    static func parse(_ text: String, node name: String, receivedAt: Int64) throws(Malformed) -> MetricsBatch {
        var reading = ResourceMetricsText()
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            try reading.series(line, receivedAt)
        }
        var batch = MetricsBatch()
        // Upstream drops what is not whole: a node without one of its two numbers, a pod with such a container.
        if reading.node.isWhole { batch.nodes[name] = reading.node }
        batch.pods = reading.pods.filter { pod in pod.value.values.allSatisfy(\.isWhole) }
        return batch
    }

    private mutating func series(_ line: Substring, _ receivedAt: Int64) throws(Malformed) {
        let name = line.prefix { $0 != "{" && $0 != " " }
        var rest = line.dropFirst(name.count)
        var labels: [Substring: String] = [:]
        if rest.first == "{" {
            guard let end = Self.labels(rest.dropFirst(), into: &labels) else {
                throw Malformed("expected label name or closing brace", line)
            }
            rest = rest[end...]
        }
        let words = rest.split(separator: " ")
        guard let value = words.first.flatMap({ Double($0) }), words.count <= 2 else {
            throw Malformed("expected value after metric", line)
        }
        var time = receivedAt
        if words.count == 2 {
            guard let stamp = Int64(words[1]) else {
                throw Malformed("expected timestamp or new record", line)
            }
            time = stamp
        }
        take(name, labels, value, time)
    }

    private mutating func take(_ name: Substring, _ labels: [Substring: String], _ value: Double, _ time: Int64) {
        switch name {
        case "node_cpu_usage_seconds_total":
            node.cumulativeCPU = value.nonnegative(times: 1e9)
            node.timestamp = time
        case "node_memory_working_set_bytes":
            node.memoryBytes = value.nonnegative(times: 1)
            node.timestamp = time
        case "container_cpu_usage_seconds_total":
            update(labels) {
                $0.cumulativeCPU = value.nonnegative(times: 1e9)
                $0.timestamp = time
            }
        case "container_memory_working_set_bytes":
            update(labels) {
                $0.memoryBytes = value.nonnegative(times: 1)
                $0.timestamp = time
            }
        case "container_start_time_seconds", "container_start_time_seconds_total":
            update(labels) { $0.startTime = Int64(value.nonnegative(times: 1000)) }
        default: break
        }
    }

    private mutating func update(_ labels: [Substring: String], _ change: (inout MetricsPoint) -> Void) {
        let key = PodKey(namespace: labels["namespace"] ?? "", name: labels["pod"] ?? "")
        change(&pods[key, default: [:]][labels["container"] ?? "", default: MetricsPoint()])
    }

    /// Reads `name="value",…}`; where it ends, or nil when it is no list of labels.
    private static func labels(_ text: Substring, into labels: inout [Substring: String]) -> Substring.Index? {
        var rest = text
        while let next = rest.first {
            if next == "}" { return rest.index(after: rest.startIndex) }
            if next == "," || next == " " {
                rest.removeFirst()
                continue
            }
            let name = rest.prefix { $0 != "=" }
            rest = rest.dropFirst(name.count + 1)
            guard rest.popFirst() == "\"" else { return nil }
            var value = ""
            while let character = rest.popFirst(), character != "\"" {
                if character == "\\", let escaped = rest.popFirst() {
                    value.append(escaped == "n" ? "\n" : escaped)
                } else {
                    value.append(character)
                }
            }
            labels[name] = value
        }
        return nil
    }
}

extension MetricsPoint {
    fileprivate var isWhole: Bool { timestamp != 0 && cumulativeCPU != 0 && memoryBytes != 0 }
}

extension Double {
    /// What a kubelet writes is bounded by nothing: what does not fit counts as nothing.
    fileprivate func nonnegative(times factor: Double) -> UInt64 {
        let product = self * factor
        return product >= 0 && product < 1.8e19 ? UInt64(product) : 0
    }
}
