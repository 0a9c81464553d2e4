// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KubernetesClient

/// What a list leaves out is not there, and is no JSON null either.
@Suite struct KeptItemsTests {
    @Test("an item that is left out by a condition is left out, not kept as a null")
    func leftOut() async throws {
        let server = try HostileServer(list: ["1 a b c"])
        let kept = try await APIClient.with(try await server.connection()) { client in
            try await client.list(.nodes) { $0.name == "b" ? $0 : nil }.items
        }
        #expect(kept.map(\.name) == ["b"])
    }

    @Test("nil is no JSON: where a value may be missing, `nil` says that it is")
    func noLiteral() {
        // Written as JSONValue's null, `isWanted ? object : nil` would be a value of JSONValue, and so never missing.
        let type: any Any.Type = JSONValue.self
        #expect(!(type is any ExpressibleByNilLiteral.Type))
    }
}
