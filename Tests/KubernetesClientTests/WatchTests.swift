// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import KubernetesClient

/// Watches of a scripted server (Tests/Hostile/server.py, over plain HTTP).
@Suite struct WatchTests {
    @Test(
        "a version that is forgotten, in either way, leads to a fresh list, which tells what has gone",
        arguments: [
            // The server says 410 instead of a stream.
            #""gone""#,
            // It says so in the stream.
            #"[{"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}]"#,
        ])
    func relists(_ forgotten: String) async throws {
        let server = try HostileServer(
            list: ["1 a b", "9 b c"],
            watch: [
                #"[{"type": "ADDED", "object": {"metadata": {"name": "d", "resourceVersion": "2"}}}]"#, forgotten,
                #"[{"type": "DELETED", "object": {"metadata": {"name": "c", "resourceVersion": "10"}}}]"#,
            ])
        let told = try await server.events(upTo: 8)
        #expect(told == ["=a", "=b", "+d", "=b", "=c", "-a", "-d", "-c"])
    }

    @Test("a stream that ends is taken up where it stopped, bookmarks included")
    func resumes() async throws {
        let server = try HostileServer(
            list: ["1 a"],
            watch: [
                #"[{"type": "MODIFIED", "object": {"metadata": {"name": "a", "resourceVersion": "4"}}}]"#,
                #"[{"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "7"}}}]"#,
                #"[{"type": "DELETED", "object": {"metadata": {"name": "a", "resourceVersion": "8"}}}]"#,
            ])
        #expect(try await server.events(upTo: 3) == ["=a", "=a", "-a"])
        let versions = try server.requests().filter { $0.contains("watch=true") }.compactMap { line in
            line.firstMatch(of: /resourceVersion=(\d+)/).map { String($0.output.1) }
        }
        #expect(versions == ["1", "4", "7"])
    }
}
