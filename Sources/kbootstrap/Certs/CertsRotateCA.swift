// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import PKI

struct CertsRotateCA: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-ca",
        abstract: "Move to a new front-proxy CA by overlap, without an outage.",
        discussion: """
            Three steps, each of which may be run twice, says what to do next, and can be taken back with \
            `kbootstrap certs undo`:

              begin    makes the next CA; the CA file trusts both
              switch   the client certificate is signed by the next CA, for the same key
              finish   the old CA is trusted no more

            With several control planes, copy the files to each after every step (`kbootstrap certs bundle`).

            \(ExitStatus.help)
            """,
        subcommands: [RotateStatus.self, RotateBegin.self, RotateSwitch.self, RotateFinish.self],
        defaultSubcommand: RotateStatus.self)
}

struct RotateStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "How far the rotation has come, and what comes next.")

    @OptionGroup var files: FoundFilesArguments
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let store = try files.store(messages.terminal)
        let phase = try store.rotationPhase()
        let terminal = messages.terminal
        let next = try store.nextCA()?.subject ?? ""
        switch phase {
        case .none: terminal.result("no rotation goes on in \(store.directory)")
        case .begun: terminal.result("begun: \(next) is trusted too, and signs nothing yet")
        case .switched:
            terminal.result("switched: the client certificate is signed by \(next); the old CA is still trusted")
        }
        terminal.next("kbootstrap certs rotate-ca \(phase.nextStep)\(store.options)")
    }
}

extension RotationPhase {
    /// The subcommand that moves on from here.
    var nextStep: String {
        switch self {
        case .none: "begin"
        case .begun: "switch"
        case .switched: "finish"
        }
    }
}
