// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import NIOCore
import NIOHTTP1
import PKI

/// A kubelet's door on port 10250, with nothing behind it: /healthz and /metrics/resource, and the checks before them.
struct SimulatedKubelet: Sendable {
    /// How callers are let in.
    enum Admission: Sendable {
        /// As a real kubelet: TokenReview says who, SubjectAccessReview whether.
        case webhook(Reviews)
        /// Any bearer token will do.
        case anyToken
    }

    let node: String
    let address: String
    let port: Int
    let identity: ServingIdentity
    let fault: KubeletFault?
    let admission: Admission
    /// CAs whose client certificates are believed too: the API server comes with one, for logs.
    var clientAuthorities: [Certificate] = []
    let seed: UInt64
    /// The pods that are assigned to this node.
    let pods: @Sendable () -> [ClusterPod]
    var containerLog: @Sendable (ContainerLogQuery) -> [UInt8]? = { _ in nil }
    /// What it serves with in place of `identity`, as soon as it is there and whenever it changes. (A real kubelet takes
    /// up other files when it is started again; from 1.31 on by itself.)
    var servingFiles: FollowedServingFiles?
    let log: KlogLine

    /// Serves until the task is cancelled.
    /// - Parameter listening: called once, when it listens.
    func run(listening: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        switch fault {
        case .down: try await idle()
        case .noServingCertificate, .notTLS:
            let answer: PlainAnswer = fault == .notTLS ? .http : .internalErrorAlert
            try await PlainServer(host: address, port: port, answer: answer).run(listening: listening)
        default:
            let server = try HTTPSServer(host: address, port: port, identity: identity, log: log)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run(listening: listening) { await respond(to: $0) } }
                if let servingFiles {
                    group.addTask {
                        try await servingFiles.appear()
                        try await servingFiles.follow(from: identity) { try server.show($0) }
                    }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private func idle() async throws {
        while true { try await Task.sleep(for: .seconds(3600)) }
    }

    private func respond(to request: ServedRequest) async -> ServedResponse {
        if let refusal = await refusal(of: request) { return refusal }
        switch request.path {
        case "/healthz": return .text("ok")
        case "/metrics/resource":
            // Longer than any scrape waits.
            if fault == .slow { try? await Task.sleep(for: .seconds(60)) }
            let now = Int64(Date().timeIntervalSince1970 * 1000)
            let text = KubeletMetricsText(node: node, seed: seed).text(pods(), fault: fault, now: now)
            return ServedResponse(
                status: .ok, headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"],
                body: ByteBuffer(string: text))
        default:
            if let query = ContainerLogQuery(request) { return query.response(containerLog(query)) }
            return .text("404 page not found\n", status: .notFound)
        }
    }

    /// The answer to a caller that is not let in; nil for one that is.
    private func refusal(of request: ServedRequest) async -> ServedResponse? {
        let unauthorized = ServedResponse.text("Unauthorized", status: .unauthorized)
        let certified = ClientCertificateAuthentication(authorities: clientAuthorities).caller(of: request)
        if certified == nil {
            if fault == .unauthorized { return unauthorized }
            if fault == .forbidden { return Self.forbidden(.anonymous, Self.action(request)) }
            guard request.bearerToken != nil else { return unauthorized }
        }
        guard case .webhook(let reviews) = admission else { return nil }
        do throws(ReviewFailure) {
            var caller = certified
            if caller == nil, let token = request.bearerToken { caller = try await reviews.caller(ofToken: token) }
            guard let caller else { return unauthorized }
            let action = Self.action(request)
            let isAllowed = try await reviews.allows(action, by: caller)
            return isAllowed ? nil : Self.forbidden(caller, action)
        } catch {
            log.structured(
                .error, "Unable to authenticate the request due to an error", at: "server.go:273",
                ["err": .text(error.text), "node": .text(node)])
            return unauthorized
        }
    }

    private static func forbidden(_ caller: Caller, _ action: Reviews.ResourceAction) -> ServedResponse {
        .text(
            "Forbidden (user=\(caller.name), verb=\(action.verb), resource=nodes, subresource=\(action.subresource))",
            status: .forbidden)
    }

    /// A kubelet authorizes by its Node's subresources (k8s.io/kubernetes, pkg/kubelet/server/auth.go).
    private static func action(_ request: ServedRequest, node: String = "") -> Reviews.ResourceAction {
        let subresource = request.path.hasPrefix("/metrics") ? "metrics" : "proxy"
        return Reviews.ResourceAction(
            verb: request.head.method == .POST ? "create" : "get", resource: "nodes", subresource: subresource,
            name: node)
    }
}
