// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// The processes that a session has started, wherever they are by now: each has the session's folder in its environment.
struct SessionProcesses {
    /// The session's own folder, whose name no other session has.
    let work: String

    private struct Row {
        let pid: pid_t
        let text: String
    }

    /// What each is doing: its number, state, age in seconds, the kernel function that it waits in, and its command.
    var described: String {
        let rows = rows().map(\.text)
        return rows.isEmpty ? "    (no process of it runs)" : rows.joined(separator: "\n")
    }

    /// Ends what still runs: by SIGTERM, which gives a lab the time to take everything down, then by SIGKILL.
    ///
    /// - Returns: what ran.
    func end() async -> String? {
        guard !rows().isEmpty else { return nil }
        let text = described
        for row in rows() { kill(row.pid, SIGTERM) }
        for _ in 0..<80 {
            if rows().isEmpty { return text }
            try? await Task.sleep(for: .milliseconds(100))
        }
        for row in rows() { kill(row.pid, SIGKILL) }
        return text
    }

    private func rows() -> [Row] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { $0 != getpid() && belongs($0) }.sorted().compactMap(row)
    }

    private func belongs(_ pid: pid_t) -> Bool {
        let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
        return environment.range(of: Data(work.utf8)) != nil
    }

    /// Nil for one that has gone meanwhile.
    private func row(_ pid: pid_t) -> Row? {
        func read(_ name: String) -> String? {
            FileManager.default.contents(atPath: "/proc/\(pid)/\(name)").map { String(decoding: $0, as: UTF8.self) }
        }
        // Behind the command's name in brackets (proc(5), /proc/PID/stat): the state first, the start as the twentieth.
        guard let fields = read("stat")?.split(separator: ")").last?.split(separator: " "), fields.count > 19,
            let uptime = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8).split(separator: " ").first
        else { return nil }
        let age = (Double(uptime) ?? 0) - (Double(fields[19]) ?? 0) / Double(sysconf(Int32(_SC_CLK_TCK)))
        let command = (read("cmdline") ?? "").split(separator: "\0").joined(separator: " ").prefix(160)
            .replacingOccurrences(of: "\n", with: " ")
        let place = read("wchan").flatMap { $0 == "0" || $0.isEmpty ? nil : " in \($0)" } ?? ""
        return Row(pid: pid, text: "    \(pid) \(fields[0])\(place), \(Int(age)) s: \(command)")
    }
}
