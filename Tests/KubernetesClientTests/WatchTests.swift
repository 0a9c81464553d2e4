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

    @Test("an object that a fresh list has in the version that is known has not changed")
    func sameVersion() async throws {
        let added = #"[{"type": "ADDED", "object": {"metadata": {"name": "b", "resourceVersion": "2"}}}]"#
        let server = try HostileServer(list: ["1 a", "1 a"], watch: [#""gone""#, added])
        #expect(try await server.events(upTo: 2) == ["=a", "+b"])
        #expect(try server.requests().count(where: { !$0.contains("watch=true") }) == 2)
    }

    @Test("objects of a list are told with their kind, as those of a stream")
    func kinds() async throws {
        let server = try HostileServer(list: ["1 a"], watch: ["[]"])
        try await APIClient.with(try await server.connection()) { client in
            try await client.watch(.nodes) { event in
                guard case .modified(let object) = event else { return true }
                #expect(ObjectReference(object) == ObjectReference(.nodes, name: "a"))
                return false
            }
        }
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

    @Test(
        "a stream that goes silent, and does not end when it should, is taken up where it stopped",
        .timeLimit(.minutes(1)))
    func silence() async throws {
        let server = try HostileServer(
            list: ["1 a"],
            watch: [
                #"[{"type": "MODIFIED", "object": {"metadata": {"name": "a", "resourceVersion": "4"}}}, "silence"]"#,
                #"[{"type": "DELETED", "object": {"metadata": {"name": "a", "resourceVersion": "8"}}}]"#,
            ])
        var connection = try await server.connection()
        connection.watchSeconds = 1
        let started = ContinuousClock.now
        #expect(try await server.events(upTo: 3, connection) == ["=a", "=a", "-a"])
        #expect(ContinuousClock.now - started < .seconds(30))
        #expect(try server.requests().last?.contains("resourceVersion=4") == true)
    }

    @Test(
        "a server that wants to be left alone for an hour ends the watch with what it said", .timeLimit(.minutes(1)))
    func postponed() async throws {
        let server = try HostileServer(list: ["1 a"], watch: [#""later""#])
        let error = await #expect(throws: APIError.self) { try await server.events(upTo: 2) }
        #expect(error?.statusCode == 503)
        #expect(try server.requests().count(where: { $0.contains("watch=true") }) == 1)
    }

    @Test("credentials that a watch is refused with are renewed once for each stream")
    func renewal() async throws {
        let added = #"[{"type": "ADDED", "object": {"metadata": {"name": "b", "resourceVersion": "2"}}}]"#
        let server = try HostileServer(
            list: ["1 a"], watch: [added, #""unauthorized""#, added, #""unauthorized""#, #""unauthorized""#],
            isSecure: true)
        let runs = server.folder.appending(path: "runs").path
        let version = "client.authentication.k8s.io/v1"
        let answer = #"{"apiVersion":"\#(version)","kind":"ExecCredential","status":{"token":"run-%s"}}"#
        let script: JSONValue = .string("echo >>\(runs); printf '\(answer)' $(wc -l <\(runs))")
        let plugin: JSONValue = [
            "exec": [
                "apiVersion": .string(version), "interactiveMode": "Never", "command": "sh",
                "args": ["-c", script],
            ]
        ]
        let connection = try await server.connection(
            user: String(decoding: try plugin.serialized(), as: UTF8.self))
        let error = await #expect(throws: APIError.self) { try await server.events(upTo: 9, connection) }
        #expect(error?.statusCode == 401)
        let tokens = try server.requests().filter { $0.contains("watch=true") }.compactMap { line in
            line.firstMatch(of: /run-\d/).map { String($0.output) }
        }
        #expect(tokens == ["run-1", "run-1", "run-2", "run-2", "run-3"])
    }
}
