// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import PKI

struct CertsRenew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Renew the client certificate: same subject, usages, names and CA.",
        discussion: """
            The key stays, so that the pair on disk matches at every moment; --new-key replaces both, as one change \
            that the next run of any command ends if it is cut short. kube-apiserver reads the files by itself within \
            about a minute: no restart. The old files are kept: `kbootstrap certs undo` brings them back.

            Example:
              sudo kbootstrap certs renew
              sudo kbootstrap certs renew --within 30   # in a timer: renews only what ends within 30 days

            \(ExitStatus.help)
            """)

    @OptionGroup var files: FoundFilesArguments

    @Option(help: "How long the new certificate is valid: days, or hours as 8760h.")
    var days = Lifetime.days(365)

    @Flag(help: "Make a new key too.")
    var newKey = false

    @Option(help: "Algorithm of the new key: \(KeyAlgorithm.names) (default: as the old one's).")
    var keyAlgorithm: KeyAlgorithm?

    @Option(help: "Renew only what ends within this time: days, or hours as 720h.")
    var within: Lifetime?

    @OptionGroup var ca: OutsideCAArguments

    @Flag(help: "Say what would be renewed; write nothing.")
    var dryRun = false

    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        if keyAlgorithm != nil, !newKey { throw ValidationError("--key-algorithm is of a new key: add --new-key") }
    }

    func run() throws {
        let store = try files.store(messages.terminal)
        let terminal = messages.terminal
        let done = try store.renew(
            RenewalOptions(
                lifetime: days, newKey: newKey, keyAlgorithm: keyAlgorithm, within: within?.seconds,
                outsideCA: try ca.outsideCA(terminal), dryRun: dryRun))
        try terminal.show(done, as: report.output)
        guard !dryRun, !done.isUnchanged else { return }
        terminal.next("kbootstrap certs status\(store.options)")
    }
}
