// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KubernetesClient

/// What ends a request, whatever its server does.
@Suite struct TimeLimitTests {
    @Test("the longest limit that there is can be waited for")
    func longest() async throws {
        let server = try HostileServer(mode: "ok")
        let connection = try await server.connection(timeout: .seconds(Int64.max))
        let version = try await APIClient.with(connection) { client in try await client.serverVersion() }
        #expect(version.minor == 31)
    }

    @Test("an answer that stops in the middle ends with the request's own time, for the API server's metrics too")
    func stalledGauge() async throws {
        let server = try HostileServer(mode: "stalled")
        let connection = try await server.connection(timeout: .milliseconds(500))
        try await self.expectTimeout { try await APIClient.with(connection) { client in try await Self.gauge(client) } }
    }

    @Test("it ends with the time that all requests have together")
    func deadline() async throws {
        let server = try HostileServer(mode: "stalled")
        let connection = try await server.connection(timeout: .zero)
        try await self.expectTimeout {
            try await RequestDeadline.$current.withValue(.now + .milliseconds(500)) {
                try await APIClient.with(connection) { client in try await Self.gauge(client) }
            }
        }
    }

    private static func gauge(_ client: APIClient) async throws {
        _ = try await client.gauge("up", label: (name: "name", value: "x"))
    }

    /// The server itself stops after 30 s.
    private func expectTimeout(_ body: () async throws -> Void) async throws {
        let started = ContinuousClock.now
        let error = await #expect(throws: APIError.self) { try await body() }
        #expect(error?.kind == .timeout)
        #expect(ContinuousClock.now - started < .seconds(20))
    }
}
