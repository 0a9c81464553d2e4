// SPDX-License-Identifier: Apache-2.0

import KubernetesClient

/// metrics.k8s.io with numbers that nobody measured, for clusters larger than a machine holds. What stands before
/// the numbers (authentication, authorization, discovery) is the stand-in's own.
struct SimulatedMetricsBackend: Sendable {
    let host: String
    let port: Int
    let identity: ServingIdentity
    let metrics: GeneratedMetrics
    let release: StandinRelease
    let log: KlogLine

    /// Serves until the task is cancelled.
    /// - Parameter listening: called once, with the port that is listened on.
    func run(_ client: APIClient, listening: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        let trust = FollowedTrust(log: log)
        try await trust.load(client)
        let reviews = Reviews(client)
        let api = MetricsAPI(
            authentication: DelegatedAuthentication(trust: trust, reviews: reviews),
            authorization: DelegatedAuthorization(reviews: reviews, log: log), health: HealthChecks(log: log),
            source: metrics, release: release, log: log)
        let server = try HTTPSServer(host: host, port: port, identity: identity, log: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await trust.follow(client) }
            group.addTask {
                try await server.run(
                    listening: { port in
                        log.structured(
                            .info, "Serving simulated metrics", at: "SimulatedMetricsBackend.swift",
                            [
                                "address": .text("\(host):\(port)"), "nodes": .bare("\(metrics.nodeCount)"),
                                "pods": .bare("\(metrics.podCount)"),
                            ])
                        await listening(port)
                    }
                ) { await api.respond(to: $0) }
            }
            try await group.next()
            group.cancelAll()
        }
    }
}
