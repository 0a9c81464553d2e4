// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import Core
import KubernetesClient
import Operations

struct UndoFlags: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Take the last apply of a launch file back, to the byte.",
        discussion: """
            A file that somebody changed since is not touched, unless --force says so.

            Example:
              sudo kbootstrap apiserver-flags undo

            \(ExitStatus.help)
            """)

    @Argument(help: "The launch file (default: \(LaunchFileArgument.usualPlaces)).")
    var file: String?

    @Flag(help: "Change the file without asking.")
    var yes = false

    @Flag(help: "Show the change; write nothing.")
    var dryRun = false

    @Flag(help: "Bring the old bytes back even though the file was changed since.")
    var force = false

    @OptionGroup var restart: RestartArguments
    @OptionGroup var backups: BackupArguments
    @OptionGroup var messages: MessageOptions

    func run() async throws {
        let terminal = messages.terminal
        let file = try LaunchFileArgument.path(file, of: "apiserver-flags undo")
        // Whatever is in the file now: what somebody broke is taken back too.
        let now = try LaunchFile.bytes(of: file)
        guard let change = try backups.store.lastChange(of: file) else {
            terminal.notice("unchanged: no apply of \(file) is kept in \(backups.backupDir)")
            return
        }
        terminal.diff(UnifiedDiff(path: file, old: now, new: change.before).rendered())
        guard now == change.after || force else {
            throw ApplyRefused(
                description: "\(file) was changed after apply, so undo would take more back than apply did",
                hint: "look at the diff, then: kbootstrap apiserver-flags undo --force \(ShellWord.quoted(file))")
        }
        guard !dryRun, try Confirmation.given(yes, for: "change \(file)", terminal) else { return }
        guard restart.restart else {
            try bringBack(file, now, change.before, terminal)
            // What it was may be of a kind that is not edited any more.
            if let launch = try? LaunchFile(path: file, bytes: change.before) { terminal.next(restart.next(launch)) }
            return
        }
        let launch = try LaunchFile(path: file, bytes: change.before)
        try await restart.run(launch, backups.store, terminal) { restart in
            try bringBack(file, now, change.before, terminal)
            let failure = try await restart.failure(of: LaunchFile.read(file)) { terminal.waitingToServe($0, $1) }
            if let failure {
                throw ApplyRefused(
                    description: "kube-apiserver did not come back: \(failure)", hint: launch.logCommand)
            }
            terminal.notice("kube-apiserver serves with the old flags")
        }
    }
}

extension UndoFlags {
    private func bringBack(_ file: String, _ now: [UInt8], _ before: [UInt8], _ terminal: Terminal) throws {
        try backups.store.undo(file, old: now, before: before)
        terminal.notice("\(file) is what it was")
    }
}

/// Where backups are kept.
struct BackupArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Where what the file was is kept.", valueName: "dir"))
    var backupDir = LaunchFileStore.defaultDirectory

    var store: LaunchFileStore { LaunchFileStore(directory: backupDir) }
}
