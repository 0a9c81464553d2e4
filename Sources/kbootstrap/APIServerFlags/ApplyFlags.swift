// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import Core
import KubernetesClient
import Operations

struct ApplyFlags: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Put the flags into the file that kube-apiserver is launched from.",
        discussion: """
            The smallest change: values are replaced where they stand, what is missing is added in the file's own style, \
            every other byte stays. The change is shown as a diff first; what the file was is kept outside its folder, \
            and undo brings it back. A second run changes nothing.

            Example:
              sudo kbootstrap apiserver-flags apply
              sudo kbootstrap apiserver-flags apply --restart
              sudo kbootstrap apiserver-flags apply /etc/kubernetes/manifests/kube-apiserver.yaml --yes --restart

            \(ExitStatus.help)
            """)

    @Argument(help: "The launch file (default: \(LaunchFileArgument.usualPlaces)).")
    var file: String?

    @OptionGroup var files: FoundFilesArguments

    @Flag(help: "Change the file without asking.")
    var yes = false

    @Flag(help: "Show the change; write nothing.")
    var dryRun = false

    @OptionGroup var restart: RestartArguments
    @OptionGroup var backups: BackupArguments
    @OptionGroup var messages: MessageOptions

    func run() async throws {
        let terminal = messages.terminal
        let file = try LaunchFileArgument.path(file, of: "apiserver-flags apply")
        let store = try files.store(terminal)
        let onDisk = try store.load()
        guard onDisk.missing.isEmpty, onDisk.problems.isEmpty else {
            throw ApplyRefused(
                description: onDisk.problems.first
                    ?? "not there yet: \(onDisk.missing.joined(separator: ", ")): kube-apiserver would not start",
                hint: onDisk.problemHint ?? "kbootstrap certs front-proxy\(store.options)")
        }
        let launch = try LaunchFile.read(file)
        let edited = try LaunchEdit(launch, flags: AggregationFlags(files: onDisk)).edited()
        guard edited != launch.bytes else {
            terminal.notice("unchanged: every flag is in \(file)")
            if restart.restart, !dryRun { try await restartUnlessServing(launch, terminal) }
            return
        }
        terminal.diff(UnifiedDiff(path: file, old: launch.bytes, new: edited).rendered())
        await RoutingWarning(cluster: restart.cluster, terminal: terminal).show(
            launch, edited: edited, isDryRun: dryRun)
        guard !dryRun else { return }
        guard try Confirmation.given(yes, for: "change \(file)", terminal) else { return }
        guard restart.restart else {
            try change(launch, edited, terminal)
            return terminal.next(restart.next(launch))
        }
        // A cluster that cannot be asked is found out before anything changes.
        try await restart.run(launch, backups.store, terminal) { restart in
            try change(launch, edited, terminal)
            try await follow(restart, launch, terminal)
        }
    }

    private func change(_ launch: LaunchFile, _ edited: [UInt8], _ terminal: Terminal) throws {
        let backup = try backups.store.replace(launch.path, old: launch.bytes, with: edited)
        terminal.notice("\(launch.path) is changed; what it was is in \(backup)")
    }

    /// The flags were in the file already; a run that was cut short may not have come to the restart.
    private func restartUnlessServing(_ launch: LaunchFile, _ terminal: Terminal) async throws {
        try await restart.run(launch, backups.store, terminal) { restart in
            guard await !restart.serves(launch) else {
                return terminal.notice("unchanged: kube-apiserver serves with them")
            }
            if let failure = try await restart.failure(of: launch, { terminal.waitingToServe($0, $1) }) {
                throw ApplyRefused(
                    description: "kube-apiserver does not serve with \(launch.path): \(failure)",
                    hint: launch.logCommand)
            }
            terminal.notice("kube-apiserver serves with the new flags")
        }
    }

    private func follow(_ restart: LaunchRestart, _ old: LaunchFile, _ terminal: Terminal) async throws {
        let start = ContinuousClock.now
        let file = old.path
        let outcome: LaunchRestart.Outcome
        do {
            outcome = try await restart.follow(
                LaunchFile.read(file), old: old, waiting: { terminal.waitingToServe($0, $1) })
        } catch is CancellationError {
            terminal.notice("\(file) keeps the change; whether kube-apiserver serves with it is not known")
            terminal.next(
                "kbootstrap apiserver-flags undo \(ShellWord.quoted(file))   # or wait, then: kbootstrap verify")
            throw CancellationError()
        }
        switch outcome {
        case .serving:
            terminal.notice("kube-apiserver serves with the new flags (\((ContinuousClock.now - start).short))")
            terminal.next("kbootstrap install-metrics")
        case .rolledBack(let reason, let serves):
            throw ApplyRefused(
                description: "kube-apiserver did not come back: \(reason). \(file) is what it was, and "
                    + (serves ? "it serves again" : "it does not serve with that either"),
                hint: old.logCommand)
        }
    }
}

/// Why nothing was changed.
struct ApplyRefused: HintedError {
    let description: String
    let hint: String?
}

extension LaunchFileError: HintedError {}
