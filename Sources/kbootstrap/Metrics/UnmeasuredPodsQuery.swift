// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import MetricsServer

extension APIClient {
    /// The pods that the metrics API leaves out: of 150,000 a handful, whatever they are looked for in.
    ///
    /// Up to a page of pods is read as it is. Of more, the server picks those that do not run, out of its cache; where
    /// they and the pods with metrics are as many as there are pods, none is left to look for. Else names tell which.
    func unmeasuredPods(_ query: TopQuery, _ metrics: [PodMetrics]) async throws -> [JSONValue] {
        let unmeasured = UnmeasuredPods(metrics)
        if query.name != nil { return try await objects(.pods, query) { unmeasured.contains($0) ? .some($0) : .none } }
        let path = ResourceType.pods.path(namespace: query.namespace)
        var selectors: [(String, String)] = []
        if let selector = query.selector { selectors.append(("labelSelector", selector)) }
        let fields = query.fieldSelector.map { [("fieldSelector", $0)] } ?? []
        // A mere `nil` beside a JSON value is JSON's null, which would be kept.
        let kept: (JSONValue) -> JSONValue? = { unmeasured.contains($0) ? .some($0) : .none }

        let page = try await items(
            path, query: selectors + fields + [("limit", "500")], ignoring: ResourceType.bulk, kept)
        let next = page.list["metadata"]["continue"].string ?? ""
        guard !next.isEmpty else { return page.items }

        let idle = [query.fieldSelector, "status.phase!=Running"].compactMap(\.self).joined(separator: ",")
        let notRunning = try await items(
            path, query: selectors + [("fieldSelector", idle), ("resourceVersion", "0")], kept
        ).items
        if let rest = page.list["metadata"]["remainingItemCount"].int {
            // Without a sum on the server's side: it may say any number.
            guard rest != metrics.count + notRunning.count - 500 else { return notRunning }
        }
        return try await unmeasuredPods(query, path, selectors + fields, kept)
    }

    /// By name, of all pods; then each as it is.
    private func unmeasuredPods(
        _ query: TopQuery, _ path: String, _ selectors: [(String, String)], _ kept: @escaping (JSONValue) -> JSONValue?
    ) async throws -> [JSONValue] {
        let names = try await items(
            path, query: selectors + [("resourceVersion", "0")], accept: ResourceType.metadataOnly,
            ignoring: ResourceType.bulk
        ) { pod -> (String, String)? in kept(pod).map { ($0["metadata"]["namespace"].string ?? "", $0.name ?? "") } }
        .items
        guard names.count <= Self.mostSingle else { return try await objects(.pods, query, keeping: kept) }
        var pods: [JSONValue] = []
        for (namespace, name) in names {
            do throws(APIError) {
                pods.append(try await get(ObjectReference(.pods, namespace: namespace, name: name)))
            } catch { guard error.isNotFound else { throw error } }
        }
        return pods
    }

    /// As many pods as are read one by one rather than all.
    private static var mostSingle: Int { 200 }
}
