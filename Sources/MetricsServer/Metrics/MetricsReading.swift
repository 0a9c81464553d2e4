// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import KubernetesClient

/// Why an answer of the metrics API was not read.
public struct MetricsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What cannot be read, and why.
    public let description: String
    /// What to type next, where that is known.
    public let hint: String?
}

extension NodeMetrics {
    /// The nodes of a NodeMetricsList, or the one of a NodeMetrics, as the server sent it.
    public static func read(_ bytes: [UInt8]) throws(MetricsError) -> [NodeMetrics] {
        try MetricsAnswer<NodeMetrics>.items(bytes, kind: "NodeMetrics")
    }

    /// An item that was read as any JSON; nil for one without a name.
    public init?(_ object: JSONValue) {
        guard let name = object.name else { return nil }
        self.name = name
        measurement = Measurement(object)
        usage = ResourceUsage(object["usage"])
    }
}

extension PodMetrics {
    /// The pods of a PodMetricsList, or the one of a PodMetrics, as the server sent it.
    public static func read(_ bytes: [UInt8]) throws(MetricsError) -> [PodMetrics] {
        try MetricsAnswer<PodMetrics>.items(bytes, kind: "PodMetrics")
    }

    /// An item that was read as any JSON; nil for one without a name.
    public init?(_ object: JSONValue) {
        guard let name = object.name else { return nil }
        self.name = name
        namespace = object["metadata"]["namespace"].string ?? ""
        measurement = Measurement(object)
        containers = (object["containers"].array ?? []).map {
            Container(name: $0["name"].string ?? "", usage: ResourceUsage($0["usage"]))
        }
    }
}

extension ResourceUsage {
    fileprivate init(_ value: JSONValue) {
        self.init(cpu: Quantity(value["cpu"]), memory: Quantity(value["memory"]))
    }
}

extension Measurement {
    fileprivate init(_ object: JSONValue) {
        timestampText = object["timestamp"].string
        windowText = object["window"].string
    }
}

/// A list, or a single object. Decoded straight into what is kept of it: as `JSONValue` the metrics of 150,000 pods
/// would first be that many dictionaries.
private struct MetricsAnswer<Item: Decodable>: Decodable {
    let kind: String?
    let items: [Item]

    private enum Key: String, CodingKey { case kind, items }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        kind = try members.decodeIfPresent(String.self, forKey: .kind)
        switch kind {
        case "NodeMetricsList", "PodMetricsList":
            items = try members.decodeIfPresent([Item].self, forKey: .items) ?? []
        case "NodeMetrics", "PodMetrics": items = [try Item(from: decoder)]
        default: items = []
        }
    }

    static func items(_ bytes: [UInt8], kind: String) throws(MetricsError) -> [Item] {
        let answer: MetricsAnswer
        do { answer = try JSONDecoder().decode(MetricsAnswer.self, from: Data(bytes)) } catch {
            throw unreadable("\(kind): \(reason(error))")
        }
        guard let found = answer.kind, found == kind || found == "\(kind)List" else {
            throw unreadable("\(kind): it is \(answer.kind.map { "a \($0.singleLine)" } ?? "of no kind")")
        }
        return answer.items
    }

    private static func unreadable(_ what: String) -> MetricsError {
        MetricsError(description: "the metrics API's answer cannot be read as \(what)", hint: "kbootstrap verify")
    }

    private static func reason(_ error: any Error) -> String {
        let context: DecodingError.Context
        switch error as? DecodingError {
        case .dataCorrupted(let found), .keyNotFound(_, let found), .typeMismatch(_, let found),
            .valueNotFound(_, let found):
            context = found
        default: return "\(error)".singleLine
        }
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined().dropFirst()
        return (path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)").singleLine
    }
}

private enum MetricsKey: String, CodingKey { case metadata, timestamp, window, usage, containers }

private struct Metadata: Decodable {
    let name: String
    let namespace: String?
}

extension Measurement {
    fileprivate init(from members: KeyedDecodingContainer<MetricsKey>) throws {
        timestampText = try members.decodeIfPresent(String.self, forKey: .timestamp)
        windowText = try members.decodeIfPresent(String.self, forKey: .window)
    }
}

extension ResourceUsage: Decodable {
    private enum Key: String, CodingKey { case cpu, memory }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        func quantity(_ key: Key) -> Quantity? {
            if let text = try? members.decode(String.self, forKey: key) { return Quantity(text) }
            return (try? members.decode(Int64.self, forKey: key)).flatMap { Quantity(String($0)) }
        }
        self.init(cpu: quantity(.cpu), memory: quantity(.memory))
    }
}

extension NodeMetrics: Decodable {
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: MetricsKey.self)
        name = try members.decode(Metadata.self, forKey: .metadata).name
        measurement = try Measurement(from: members)
        usage = try members.decodeIfPresent(ResourceUsage.self, forKey: .usage) ?? ResourceUsage()
    }
}

extension PodMetrics: Decodable {
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: MetricsKey.self)
        let metadata = try members.decode(Metadata.self, forKey: .metadata)
        name = metadata.name
        namespace = metadata.namespace ?? ""
        measurement = try Measurement(from: members)
        containers = try members.decodeIfPresent([Container].self, forKey: .containers) ?? []
    }
}
