// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import FoundationEssentials

/// The systemd unit that a lab's kube-apiserver runs from once it has been ready: as with `Restart=always`, it is
/// started again when it ends, with what the file says by then. systemd itself is not there.
struct LabUnit: Sendable {
    let path: String

    func write(_ component: LabComponent) throws {
        let words = [component.program] + component.arguments.map(Self.quoted)
        let variables = component.environment.map { "Environment=\(Self.quoted("\($0)=\($1)"))\n" }.sorted()
        let text =
            "[Unit]\nDescription=kube-apiserver of a lab\n\n[Service]\n" + variables.joined() + "ExecStart="
            + words.joined(separator: " \\\n  ") + "\nRestart=always\nRestartSec=0.5\n"
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    /// Runs the component until the task is cancelled, and says when it ends and is started again.
    ///
    /// - Throws: where it ends before there is a unit.
    func supervise(_ component: LabComponent, _ messages: LabMessages) async throws {
        var component = component
        while !Task.isCancelled {
            do { try await runSayingItsEnd(component, messages) } catch let error as LabError {
                guard FileManager.default.fileExists(atPath: path) else { throw error }
                messages.step("\(error.description.prefix { $0 != ";" }), and is started again")
                try await Task.sleep(for: .milliseconds(500))
                // The first of them is the program.
                let unit = try LaunchFile.read(path)
                component = LabComponent(
                    name: component.name, program: component.program, arguments: unit.arguments.dropFirst().map(\.text),
                    log: component.log,
                    environment: Dictionary(unit.variables.map { ($0.name, $0.value) }) { $1 })
            }
        }
    }

    /// Runs it, and says when it has closed its port and still runs: told to end, kube-apiserver waits up to a minute for
    /// requests under way, of which watches are some.
    private func runSayingItsEnd(_ component: LabComponent, _ messages: LabMessages) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await component.run() }
            group.addTask {
                while !ListeningPort.isOpen(LabControlPlane.port) { try await Task.sleep(for: .milliseconds(500)) }
                while ListeningPort.isOpen(LabControlPlane.port) { try await Task.sleep(for: .milliseconds(500)) }
                try await Task.sleep(for: .seconds(3))
                messages.step("\(component.name) closed its port and waits up to 60 s for requests under way")
            }
            defer { group.cancelAll() }
            try await group.untilOneFails()
        }
    }

    /// In double quotes single ones stand for themselves (systemd.service, Command lines).
    private static func quoted(_ word: String) -> String {
        let text = word.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("%", with: "%%")
            .replacing("$", with: "$$")
        return text.contains { $0 == "'" || $0.isWhitespace } ? "\"\(text)\"" : text
    }
}
