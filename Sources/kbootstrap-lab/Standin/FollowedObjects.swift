// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import Synchronization

/// The objects of one type in the cluster, kept up to date by a watch, each reduced to what is needed of it.
final class FollowedObjects<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Key: Element] = [:]
        var hasSynced = false
    }

    struct Key: Hashable, Sendable {
        let namespace: String
        let name: String
    }

    /// client-go's reflector waits from 0.8 s to 30 s between tries.
    private static var firstPause: Duration { .milliseconds(800) }
    private static var longestPause: Duration { .seconds(30) }

    private let state = Mutex(State())
    private let type: ResourceType
    private let fieldSelector: String?
    private let log: KlogLine
    private let reduce: @Sendable (JSONValue) -> Element?

    init(
        _ type: ResourceType, fieldSelector: String? = nil, log: KlogLine,
        reduce: @escaping @Sendable (JSONValue) -> Element?
    ) {
        (self.type, self.fieldSelector, self.log, self.reduce) = (type, fieldSelector, log, reduce)
    }

    var hasSynced: Bool { state.withLock { $0.hasSynced } }

    var all: [Element] { state.withLock { Array($0.elements.values) } }

    subscript(namespace: String, name: String) -> Element? {
        state.withLock { $0.elements[Key(namespace: namespace, name: name)] }
    }

    /// Lists, then watches, again and again until the task is cancelled; failures are logged.
    func follow(_ client: APIClient) async {
        var pause = Self.firstPause
        while !Task.isCancelled {
            do {
                let list = try await client.list(type, fieldSelector: fieldSelector)
                let pairs = list.items.compactMap { object in reduce(object).map { (Self.key(object), $0) } }
                state.withLock { $0 = State(elements: Dictionary(pairs) { $1 }, hasSynced: true) }
                pause = Self.firstPause
                try await client.watch(type, fieldSelector: fieldSelector, from: list) { event in
                    self.take(event)
                    return true
                }
            } catch {
                guard error.kind != .cancelled else { return }
                log.structured(
                    .error, "Failed to watch", at: "FollowedObjects.swift",
                    ["err": .text("\(error)"), "type": .text(type.kind)])
            }
            do { try await Task.sleep(for: pause) } catch { return }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func take(_ event: WatchEvent) {
        switch event {
        case .added(let object), .modified(let object):
            let element = reduce(object)
            state.withLock { $0.elements[Self.key(object)] = element }
        case .deleted(let object):
            _ = state.withLock { $0.elements.removeValue(forKey: Self.key(object)) }
        }
    }

    /// Returns when the first list is in.
    func waitUntilSynced() async throws {
        while !hasSynced { try await Task.sleep(for: .milliseconds(50)) }
    }

    private static func key(_ object: JSONValue) -> Key {
        Key(namespace: object["metadata"]["namespace"].string ?? "", name: object.name ?? "")
    }
}
