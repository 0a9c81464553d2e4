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

/// The server of Tests/Hostile, ended with this value.
final class HostileServer {
    private let folder: URL
    private let process = Process()

    init(list: [String], watch: [String]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "kbootstrap-hostile-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        try list.joined(separator: "\n").write(to: folder.appending(path: "list"), atomically: true, encoding: .utf8)
        try watch.joined(separator: "\n").write(to: folder.appending(path: "watch"), atomically: true, encoding: .utf8)
        try "watch".write(to: folder.appending(path: "mode"), atomically: true, encoding: .utf8)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Hostile/server.py")
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path, folder.path, "--plain"]
        try process.run()
    }

    deinit {
        // Not SIGTERM: a test run may block it for its children.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The first events of a watch of nodes: `=` modified, `+` added, `-` deleted, and the name.
    func events(upTo count: Int) async throws -> [String] {
        let file = folder.appending(path: "port")
        while process.isRunning, !FileManager.default.fileExists(atPath: file.path) {
            try await Task.sleep(for: .milliseconds(20))
        }
        let port = try String(contentsOf: file, encoding: .utf8)
        let connection = try ClusterConnection.resolve(
            ClusterOptions(server: "http://127.0.0.1:\(port)"), environment: ["HOME": folder.path])
        let told = Told()
        try await APIClient.with(connection) { client in
            try await client.watch(.nodes) { event in
                switch event {
                case .added(let object): await told.add("+" + (object.name ?? ""))
                case .modified(let object): await told.add("=" + (object.name ?? ""))
                case .deleted(let object): await told.add("-" + (object.name ?? ""))
                }
                return await told.events.count < count
            }
        }
        return await told.events
    }

    func requests() throws -> [String] {
        try String(contentsOf: folder.appending(path: "requests"), encoding: .utf8).split(separator: "\n")
            .map(String.init)
    }

    private actor Told {
        private(set) var events: [String] = []
        func add(_ event: String) { events.append(event) }
    }
}
