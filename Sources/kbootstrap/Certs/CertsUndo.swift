// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser

struct CertsUndo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Take the last renewal or rotation step back.",
        discussion: """
            Puts back the files that the last change replaced, byte for byte. The last three changes are kept, in the \
            folder .kbootstrap beside the files; each undo takes back one.

            \(ExitStatus.help)
            """)

    @OptionGroup var files: FoundFilesArguments

    @Flag(help: "Only list what can be taken back, the next one first.")
    var list = false

    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let store = try files.store(messages.terminal)
        let terminal = messages.terminal
        guard !list else {
            let changes = try store.changes().reversed().map(\.operation)
            if changes.isEmpty { terminal.notice("there is no change to take back") }
            return terminal.result(changes.map { $0 + "\n" }.joined())
        }
        let (change, done) = try store.undo()
        try terminal.show(done, as: report.output)
        terminal.notice("\(change.operation) is taken back")
        terminal.next("kbootstrap certs status\(store.options)")
    }
}
