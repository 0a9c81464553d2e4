// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import Core
import Operations

/// The commands that `up` runs, as they can be typed, with what each will do.
struct UpPlan {
    private struct Step {
        let words: [String]
        let effect: String
    }

    private let steps: [Step]
    private let launch: LaunchFile
    private let edited: [UInt8]

    /// - Throws: where the launch file cannot be read or edited, the front-proxy files do not fit together, or what a
    ///   later command reads is not there.
    init(_ up: Up, _ path: String) throws {
        _ = try up.inspection.authority()
        launch = try LaunchFile.read(path)
        let layout = up.layout ?? (launch.format == .staticPod || launch.format == .kubeadm ? .kubeadm : .hardWay)
        let store = try FrontProxyStore(directory: up.dir ?? layout.defaultDirectory, layout: layout)
        let made = try store.ensure(FrontProxyOptions(dryRun: true))
        let flags = AggregationFlags(files: try store.load())
        edited = try LaunchEdit(launch, flags: flags).edited()

        var front = ["--layout", layout.name]
        if let dir = up.dir { front += ["--dir", dir] }
        let quiet = up.messages.quiet ? ["--quiet"] : []
        let cluster = up.cluster.asTyped
        let timeout = ["--timeout", "\(up.timeout.duration.components.seconds)s"]
        let restart = up.restartCommand.map { ["--restart-command", $0] } ?? []
        let isUnchanged = edited == launch.bytes
        steps = [
            Step(
                words: ["certs", "front-proxy"] + front + quiet,
                effect: made.isUnchanged
                    ? "nothing: every file is there, and fits" : "makes files in \(store.directory)"),
            Step(
                words: ["apiserver-flags", "apply", path] + front + ["--restart", "--yes"] + restart + timeout
                    + ["--backup-dir", up.backups.backupDir] + cluster + quiet,
                effect: isUnchanged
                    ? "nothing, where kube-apiserver serves with the flags that are in \(path)"
                    : "changes \(path), and restarts kube-apiserver; back if it does not serve"),
            Step(
                words: ["install-metrics"] + (up.kubeletInsecureTls ? ["--kubelet-insecure-tls"] : [])
                    + up.inspection.asTyped + timeout + cluster + quiet,
                effect: "applies metrics-server, and waits until metrics flow"),
            Step(
                words: ["verify", "--front-proxy-dir", store.directory] + timeout + cluster + quiet,
                effect: "proves every hop; changes nothing"),
        ]
    }

    func rendered() -> String {
        steps.enumerated().map { index, step in
            "\(index + 1). kbootstrap \(step.words.map(ShellWord.quoted).joined(separator: " "))\n     \(step.effect)\n"
        }.joined()
    }

    func diff() throws -> String {
        UnifiedDiff(path: launch.path, old: launch.bytes, new: edited).rendered()
    }

    /// Runs the commands in turn, each as if it had been typed.
    func run(_ terminal: Terminal) async throws {
        for (index, step) in steps.enumerated() {
            let verb = step.words.prefix(2).prefix { !$0.hasPrefix("-") }.joined(separator: " ")
            terminal.heading("\(index + 1)/\(steps.count) kbootstrap \(verb)")
            var command = try Kbootstrap.parseAsRoot(step.words)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        }
    }
}
