// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import FoundationEssentials

struct UndoFlags: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Take the last apply of a launch file back, to the byte.",
        discussion: """
            A file that somebody changed since is not touched, unless --force says so.

            Example:
              sudo kbootstrap apiserver-flags undo /etc/systemd/system/kube-apiserver.service

            \(ExitStatus.help)
            """)

    @Argument(help: "The launch file.")
    var file: String

    @Flag(help: "Change the file without asking.")
    var yes = false

    @Flag(help: "Show the change; write nothing.")
    var dryRun = false

    @Flag(help: "Bring the old bytes back even though the file was changed since.")
    var force = false

    @OptionGroup var backups: BackupArguments
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let terminal = messages.terminal
        let launch = try LaunchFile.read(file)
        guard let change = try backups.store.lastChange(of: file) else {
            terminal.notice("unchanged: no apply of \(file) is kept in \(backups.backupDir)")
            return
        }
        terminal.result(UnifiedDiff(path: file, old: launch.bytes, new: change.before).rendered())
        guard launch.bytes == change.after || force else {
            throw ApplyRefused(
                description: "\(file) was changed after apply, so undo would take more back than apply did",
                hint: "look at the diff, then: kbootstrap apiserver-flags undo --force \(ShellWord.quoted(file))")
        }
        guard !dryRun, try Confirmation.given(yes, for: "change \(file)", terminal) else { return }
        try backups.store.undo(file, old: launch.bytes, before: change.before)
        terminal.notice("\(file) is what it was")
        terminal.next(ApplyFlags.next(launch.format, file))
    }
}

/// Where backups are kept.
struct BackupArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Where what the file was is kept.", valueName: "dir"))
    var backupDir = LaunchFileStore.defaultDirectory

    var store: LaunchFileStore { LaunchFileStore(directory: backupDir) }
}
