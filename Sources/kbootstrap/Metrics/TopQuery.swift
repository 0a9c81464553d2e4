// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import MetricsServer

/// Whose usage is asked for.
struct TopQuery: Sendable {
    let name: String?
    let namespace: String?
    let selector: String?
    var fieldSelector: String?
}

extension APIClient {
    /// The metrics API in the version that the server prefers.
    func metricsAPI() async throws -> MetricsAPI {
        try MetricsAPI(discovery: try JSONValue.parse(try await answer(MetricsAPI.discoveryPath)))
    }

    /// Nothing for one object that has no metrics: the object itself tells whether it exists, and why.
    func metrics<Item>(
        _ type: ResourceType, _ query: TopQuery, _ item: @escaping (JSONValue) -> Item?
    ) async throws -> [Item] {
        if let name = query.name {
            let path = ObjectReference(type, namespace: query.namespace, name: name).path
            let answer = try await raw(.get, path)
            return answer.status == 404 ? [] : try [read(try JSONValue.parse(try body(answer, path)), item)]
        }
        var selectors: [(String, String)] = []
        if let selector = query.selector { selectors.append(("labelSelector", selector)) }
        if let fields = query.fieldSelector { selectors.append(("fieldSelector", fields)) }
        let path = type.path(namespace: query.namespace)
        do {
            // metrics-server knows no pages: its one answer is as long as the cluster is large.
            let (items, list) = try await items(path, query: selectors) { try self.read($0, item) }
            guard list["kind"].string == "\(type.kind)List" else {
                let kind = list["kind"].string.map { "a \($0.singleLine)" } ?? "of no kind"
                throw MetricsUnavailable(description: "GET \(path) does not answer a \(type.kind)List: it is \(kind)")
            }
            return items
        } catch let error as APIError where error.statusCode != nil {
            throw MetricsUnavailable(description: "GET \(path) answers \(error.reason)")
        }
    }

    private func read<Item>(_ object: JSONValue, _ item: (JSONValue) -> Item?) throws -> Item {
        guard let read = item(object) else {
            throw MetricsUnavailable(description: "the metrics API's answer has an item without a name")
        }
        return read
    }

    /// The objects themselves.
    ///
    /// - Parameter kept: what is kept of each of many.
    func objects(
        _ type: ResourceType, _ query: TopQuery, keeping kept: @escaping (JSONValue) -> JSONValue?
    ) async throws(APIError) -> [JSONValue] {
        if let name = query.name {
            return [try await get(ObjectReference(type, namespace: query.namespace, name: name))]
        }
        return try await list(
            type, namespace: query.namespace, labelSelector: query.selector, fieldSelector: query.fieldSelector,
            fromCache: true, ignoring: ResourceType.bulk, keeping: kept
        ).items
    }

    private func answer(_ path: String, query: [(String, String)] = []) async throws -> [UInt8] {
        try body(try await raw(.get, path, query: query), path)
    }

    private func body(_ answer: RawResponse, _ path: String) throws -> [UInt8] {
        guard answer.status < 300 else {
            throw MetricsUnavailable(description: "GET \(path) answers HTTP \(answer.status): \(answer.message)")
        }
        return answer.body
    }
}

/// The metrics API gave no metrics.
struct MetricsUnavailable: HintedError {
    let description: String
    let hint: String? = "kbootstrap verify   # names the cause"
}
