// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// What a watch tells.
public enum WatchEvent: Sendable {
    /// An object that is new since the version that the watch began with.
    case added(JSONValue)
    /// An object that has changed, or one of a fresh list.
    case modified(JSONValue)
    /// An object that is gone, as it was last.
    case deleted(JSONValue)
}

extension APIClient {
    /// Follows the objects of a type, beginning with a list of them, until `body` returns false or the task is cancelled.
    ///
    /// The stream goes on from the list's version: an object's own may be older than what the server still remembers. A
    /// connection that ends is taken up again where it stopped, and so is one that has gone silent and does not end when
    /// the server was asked to end it. Credentials that are refused (401) are renewed once. A version that the server has
    /// forgotten (410) is no error here: the stream goes on from a fresh list, of which only what has changed is told.
    /// However streams end, a new one begins once in two seconds on average.
    ///
    /// - Parameters:
    ///   - list: one of the same objects that has been read already and is not told; nil to read it.
    ///   - kept: what is kept of an object, and told: its name, namespace and version at least.
    ///   - body: called for each event, in order; false ends the watch. Objects of a list come as `.modified`, those that
    ///     are gone from it as `.deleted`, as they were last seen.
    public func watch(
        _ type: ResourceType, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        from list: ObjectList? = nil, keeping kept: @escaping @Sendable (JSONValue) -> JSONValue = { $0 },
        _ body: @Sendable (WatchEvent) async -> Bool
    ) async throws(APIError) {
        var version = list?.resourceVersion
        var known = KnownObjects()
        _ = known.replaced(by: list?.items.map(type.naming) ?? [])
        var pace = RoundPace(startingAt: .now)
        var renewing = false
        var failures = 0
        while true {
            if version == nil {
                let list = try await self.list(
                    type, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
                    keeping: kept)
                for event in known.replaced(by: list.items.map(type.naming)) where !(await body(event)) { return }
                version = list.resourceVersion
            }
            var query = [
                ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", version ?? ""),
                ("timeoutSeconds", "\(transport.connection.watchSeconds)"),
            ]
            if let labelSelector { query.append(("labelSelector", labelSelector)) }
            if let fieldSelector { query.append(("fieldSelector", fieldSelector)) }
            let request = APIRequest(path: type.path(namespace: namespace), query: query)
            do throws(APIError) {
                switch try await follow(request, renewing: renewing, version: &version, known: &known, kept, body) {
                case .stopped: return
                case .ended: failures = 0
                case .forgotten: version = nil
                }
                renewing = false
            } catch {
                if error.statusCode == 401, !renewing, await transport.credentials.isRenewable {
                    renewing = true
                    continue
                }
                guard error.maySoonPass, failures < Self.failures else { throw error }
                failures += 1
            }
            try await transport.pause(until: pace.next(from: .now), request)
        }
    }

    /// How many streams in a row may fail.
    private static let failures = 3

    private enum StreamEnd { case stopped, ended, forgotten }

    /// The longest line of a watch: the largest object that etcd takes, encoded, and some more.
    private static let longestLine = 16 << 20

    private func follow(
        _ request: APIRequest, renewing: Bool, version: inout String?, known: inout KnownObjects,
        _ kept: (JSONValue) -> JSONValue, _ body: @Sendable (WatchEvent) async -> Bool
    ) async throws(APIError) -> StreamEnd {
        try await transport.waitOut(request)
        // The server has ended the stream long before, if it is still there.
        let limit = Duration.seconds(transport.connection.watchSeconds) * 9 / 8
        let end = ContinuousClock.now + limit
        let response = try await transport.open(request, renewingCredentials: renewing, limit: limit)
        guard response.status.code < 300 else {
            var text: [UInt8] = []
            let collected = try? await Transport.ending(by: end) { try await response.body.collect(upTo: 1 << 20) }
            if let collected { text = Array(collected.readableBytesView) }
            if response.status.code == 410 { return .forgotten }
            let answer = RawResponse(response, body: text, without: transport.credentials.sent)
            transport.postponements.note(answer, to: request)
            throw .status(answer, request: transport.describe(request))
        }
        var line: [UInt8] = []
        do {
            var chunks = response.body.makeAsyncIterator()
            while let chunk = try await Transport.ending(by: end, { try await chunks.next() }) {
                try Task.checkCancellation()
                var rest = chunk.readableBytesView
                while let end = rest.firstIndex(of: 0x0A) {
                    line += rest[..<end]
                    rest = rest[(end + 1)...]
                    if let end = try await handle(line, version: &version, known: &known, kept, body) { return end }
                    line.removeAll(keepingCapacity: true)
                }
                line += rest
                guard line.count <= Self.longestLine else { throw NIOTooManyBytesError(maxBytes: Self.longestLine) }
            }
            return .ended
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            return .ended
        } catch { throw .transport(error, request: transport.describe(request), to: transport.connection) }
    }

    private func handle(
        _ line: [UInt8], version: inout String?, known: inout KnownObjects,
        _ kept: (JSONValue) -> JSONValue, _ body: @Sendable (WatchEvent) async -> Bool
    ) async throws -> StreamEnd? {
        guard !line.isEmpty else { return nil }
        let event = try JSONValue.parse(transport.credentials.sent.removed(fromItem: line))
        let object = event["object"]
        if event["type"].string == "ERROR" {
            return object["code"].int == 410 ? .forgotten : .ended
        }
        if let next = object["metadata"]["resourceVersion"].string { version = next }
        let told: WatchEvent
        switch event["type"].string {
        case "ADDED": told = .added(kept(object))
        case "MODIFIED": told = .modified(kept(object))
        case "DELETED": told = .deleted(kept(object))
        default: return nil
        }
        known.note(told)
        return await body(told) ? nil : .stopped
    }
}

/// What a watch has told of, so that a fresh list can tell what has gone.
private struct KnownObjects {
    private var objects: [String: JSONValue] = [:]

    mutating func note(_ event: WatchEvent) {
        switch event {
        case .added(let object), .modified(let object): objects[Self.key(object)] = object
        case .deleted(let object): objects[Self.key(object)] = nil
        }
    }

    /// The events that lead from what is known to what a list says: none for an object in the version that is known.
    mutating func replaced(by items: [JSONValue]) -> [WatchEvent] {
        let listed = Dictionary(items.map { (Self.key($0), $0) }) { first, _ in first }
        let gone = objects.filter { listed[$0.key] == nil }.sorted { $0.key < $1.key }
        let changed = items.filter { item in
            guard let version = Self.version(item) else { return true }
            return Self.version(objects[Self.key(item)] ?? .null) != version
        }
        objects = listed
        return changed.map { .modified($0) } + gone.map { .deleted($0.value) }
    }

    private static func version(_ object: JSONValue) -> String? { object["metadata"]["resourceVersion"].string }

    private static func key(_ object: JSONValue) -> String {
        "\(object["metadata"]["namespace"].string ?? "")/\(object.name ?? "")"
    }
}

extension APIError {
    /// Whether the same may be answered when it is asked again.
    fileprivate var maySoonPass: Bool {
        kind == .reset || kind == .timeout || statusCode == 429 || (statusCode ?? 0) >= 500
    }
}
