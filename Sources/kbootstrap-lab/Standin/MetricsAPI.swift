// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// metrics.k8s.io over a source of numbers, behind Kubernetes' own authentication and authorization.
///
/// Both the stand-in for metrics-server and the simulated backend answer through this, so that the front-proxy chain
/// is the same before either.
struct MetricsAPI: Sendable {
    let authentication: DelegatedAuthentication
    let authorization: DelegatedAuthorization
    let health: HealthChecks
    let source: any ResourceMetricsSource
    let release: StandinRelease
    let log: KlogLine

    func respond(to request: ServedRequest) async -> ServedResponse {
        let caller: Caller
        do { caller = try await authentication.caller(of: request) } catch {
            log.structured(
                .error, "Unable to authenticate the request", at: "authentication.go:73", ["err": .text(error.reason)])
            return StatusObject.unauthorized.response
        }
        switch await authorization.verdict(on: request, by: caller) {
        case .allowed: break
        case .forbidden(let sentence):
            return StatusObject.forbidden(RequestAttributes(request), because: sentence).response
        case .unknown(let reason):
            return .text(
                "Internal Server Error: \(request.head.uri.quotedAsInGo): \(reason)", status: .internalServerError)
        }
        if let answer = await health.response(to: request) { return answer }
        if let document = MetricsDiscovery.document(at: request.path, release: release) {
            return .json(ByteBuffer(string: document + "\n"))
        }
        return await resource(request)
    }

    private func resource(_ request: ServedRequest) async -> ServedResponse {
        guard case .resource(let wanted) = RequestAttributes(request).action, wanted.group == MetricsDiscovery.group,
            wanted.version == MetricsDiscovery.version, ["nodes", "pods"].contains(wanted.resource),
            wanted.subresource.isEmpty
        else { return .text("404 page not found\n", status: .notFound) }
        guard wanted.verb == "get" || wanted.verb == "list" else { return StatusObject.methodNotAllowed.response }
        guard let filter = Filter(request) else {
            return StatusObject.badRequest("unable to parse the selectors of \(request.head.uri)").response
        }
        let table = MetricsTable.wanted(by: request.head.headers)
        if wanted.resource == "nodes" { return await nodes(wanted, filter, table) }
        return await pods(wanted, filter, table)
    }

    private func nodes(_ wanted: Reviews.ResourceAction, _ filter: Filter, _ table: String?) async -> ServedResponse {
        var found = await source.nodeMetrics()
        let isOne = !wanted.name.isEmpty
        if isOne {
            found = found.filter { $0.name == wanted.name }
            guard let node = found.first else {
                let isKnown = await source.knowsNode(wanted.name)
                return StatusObject.notFound(
                    isKnown ? "nodemetrics" : "nodes", group: isKnown ? MetricsDiscovery.group : "", name: wanted.name
                ).response
            }
            if table == nil { return .json(MetricsDocument.one(node)) }
        } else {
            found = found.filter { filter.matches(name: $0.name, namespace: "", labels: $0.labels) }
        }
        guard let table else { return .json(MetricsDocument.list(found)) }
        let rows = found.map { MetricsTable.Row(name: $0.name, namespace: nil, usage: $0.usage, window: $0.window) }
        return .json(MetricsTable.document(version: table, rows))
    }

    private func pods(_ wanted: Reviews.ResourceAction, _ filter: Filter, _ table: String?) async -> ServedResponse {
        var found = await source.podMetrics(namespace: wanted.namespace.isEmpty ? nil : wanted.namespace)
        if !wanted.name.isEmpty {
            found = found.filter { $0.name == wanted.name }
            guard let pod = found.first else {
                let isKnown = await source.knowsPod(wanted.name, namespace: wanted.namespace)
                return isKnown
                    ? StatusObject.notFound(
                        "podmetrics", group: MetricsDiscovery.group, name: "\(wanted.namespace)/\(wanted.name)"
                    ).response
                    : StatusObject.notFound("pods", name: wanted.name).response
            }
            if table == nil { return .json(MetricsDocument.one(pod)) }
        } else {
            found = found.filter { filter.matches(name: $0.name, namespace: $0.namespace, labels: $0.labels) }
        }
        guard let table else { return .json(MetricsDocument.list(found)) }
        let rows = found.map {
            MetricsTable.Row(name: $0.name, namespace: $0.namespace, usage: $0.total, window: $0.window)
        }
        return .json(MetricsTable.document(version: table, rows))
    }
}

/// Which items of a list are asked for. `limit` is ignored, as upstream ignores it.
private struct Filter {
    let labels: LabelSelector?
    let fields: LabelSelector?

    /// Nothing where a selector cannot be read.
    init?(_ request: ServedRequest) {
        let texts = ["labelSelector", "fieldSelector"].map { request.parameter($0) }
        labels = texts[0].flatMap { LabelSelector($0) }
        // Field selectors have the signs of label selectors: =, == and != over metadata.name and metadata.namespace.
        fields = texts[1].flatMap { LabelSelector($0) }
        guard (texts[0] == nil) == (labels == nil), (texts[1] == nil) == (fields == nil) else { return nil }
    }

    func matches(name: String, namespace: String, labels held: [String: String]) -> Bool {
        (labels?.matches(held) ?? true)
            && (fields?.matches(["metadata.name": name, "metadata.namespace": namespace]) ?? true)
    }
}
