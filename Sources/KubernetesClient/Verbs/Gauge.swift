// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import NIOCore

extension APIClient {
    private static let longestMetricsLine = 1 << 20

    /// One sample of the API server's own metrics (`/metrics`), found as they stream: they come to tens of megabytes
    /// in large clusters, and none of that is kept.
    ///
    /// - Parameters:
    ///   - name: of the metric.
    ///   - label: a label and the value that the sample must have.
    ///   - longest: how many bytes are read at most.
    /// - Returns: nil where there is no such sample.
    public func gauge(
        _ name: String, label: (name: String, value: String), atMost longest: Int = 128 << 20
    ) async throws(APIError) -> Double? {
        var request = APIRequest(path: "/metrics")
        request.accept = "text/plain"
        let sample = MetricSample(name: name, label: label)
        var found: Double?
        let response = try await transport.send(request) { body in
            found = nil
            var read = 0
            var line: [UInt8] = []
            for try await chunk in body {
                read += chunk.readableBytes
                guard read <= longest else { throw NIOTooManyBytesError(maxBytes: longest) }
                // An answer that is not read to its end would keep its connection until the time is up.
                guard found == nil else { continue }
                for piece in chunk.readableBytesView.split(
                    separator: 0x0A, maxSplits: .max, omittingEmptySubsequences: false
                ).enumerated() {
                    if piece.offset > 0 {
                        found = found ?? sample.value(in: line)
                        line.removeAll(keepingCapacity: true)
                    }
                    line += piece.element
                }
                guard line.count <= Self.longestMetricsLine else {
                    throw NIOTooManyBytesError(maxBytes: Self.longestMetricsLine)
                }
            }
            found = found ?? sample.value(in: line)
            return []
        }
        guard response.status < 300 else { throw .status(response, request: transport.describe(request)) }
        return found
    }
}

/// A line of Prometheus' text format that is looked for.
struct MetricSample: Sendable {
    private let start: [UInt8]
    private let label: String

    init(name: String, label: (name: String, value: String)) {
        start = Array("\(name){".utf8)
        self.label = "\(label.name)=\"\(label.value)\""
    }

    /// The value, where the line is the sample's.
    func value(in line: [UInt8]) -> Double? {
        guard line.starts(with: start) else { return nil }
        let text = String(decoding: line.dropFirst(start.count), as: UTF8.self)
        guard let end = text.lastIndex(of: "}") else { return nil }
        let labels = text[..<end].split(separator: ",").map { $0.drop { $0 == " " } }
        guard labels.contains(Substring(label)) else { return nil }
        // A timestamp may follow.
        return text[text.index(after: end)...].split(separator: " ").first.flatMap { Double($0) }
    }
}
