// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import KubernetesClient

/// The server of Tests/Hostile, ended with this value.
final class HostileServer {
    let folder: URL
    private let process = Process()
    private let isSecure: Bool

    /// - Parameters:
    ///   - mode: how it answers; `server.py` has them all.
    ///   - list: for `watch`, a line for each list.
    ///   - watch: for `watch`, a line for each stream.
    ///   - isSecure: with TLS, without which no credentials come.
    init(mode: String = "watch", list: [String] = [], watch: [String] = [], isSecure: Bool = false) throws {
        self.isSecure = isSecure
        folder = FileManager.default.temporaryDirectory.appending(path: "kbootstrap-hostile-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        try list.joined(separator: "\n").write(to: folder.appending(path: "list"), atomically: true, encoding: .utf8)
        try watch.joined(separator: "\n").write(to: folder.appending(path: "watch"), atomically: true, encoding: .utf8)
        try mode.write(to: folder.appending(path: "mode"), atomically: true, encoding: .utf8)
        let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Hostile")
        let script = scripts.appending(path: "server.py")
        if isSecure {
            let certificates = [scripts.appending(path: "certificates.sh").path, folder.path]
            try Process.run(URL(filePath: "/bin/sh"), arguments: certificates).waitUntilExit()
        }
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path, folder.path] + (isSecure ? [] : ["--plain"])
        try process.run()
    }

    /// From then on connections are refused.
    func end() {
        // Not SIGTERM: a test run may block it for its children.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    deinit {
        end()
        try? FileManager.default.removeItem(at: folder)
    }

    /// How to reach it.
    ///
    /// - Parameters:
    ///   - user: of a kubeconfig, as JSON.
    ///   - timeout: of each request.
    func connection(user: String = "{}", timeout: Duration? = nil) async throws -> ClusterConnection {
        let file = folder.appending(path: "port")
        while process.isRunning, !FileManager.default.fileExists(atPath: file.path) {
            try await Task.sleep(for: .milliseconds(20))
        }
        let port = try String(contentsOf: file, encoding: .utf8)
        let server =
            isSecure
            ? #"{"server": "https://127.0.0.1:\#(port)", "insecure-skip-tls-verify": true}"#
            : #"{"server": "http://127.0.0.1:\#(port)"}"#
        let kubeconfig = folder.appending(path: "kubeconfig")
        try """
        {"kind": "Config", "current-context": "a", "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
         "clusters": [{"name": "c", "cluster": \(server)}],
         "users": [{"name": "u", "user": \(user)}]}
        """.write(to: kubeconfig, atomically: true, encoding: .utf8)
        return try ClusterConnection.resolve(
            ClusterOptions(kubeconfig: kubeconfig.path, requestTimeout: timeout), environment: [:])
    }

    /// The first events of a watch of nodes: `=` modified, `+` added, `-` deleted, and the name.
    func events(upTo count: Int, _ connection: ClusterConnection? = nil) async throws -> [String] {
        let given = connection
        let connection = if let given { given } else { try await self.connection() }
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
