// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import Core
import PKI

struct CertsBundle: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Carry the CA and the client pair to other control planes, in one encrypted file.",
        discussion: """
            All kube-apiservers of a cluster must trust the same CA. The file is PKCS#12, encrypted with a passphrase; \
            the key of the CA is not in it.

            Example:
              sudo kbootstrap certs bundle export front-proxy.p12
              sudo kbootstrap certs bundle import front-proxy.p12     # on the others

            \(ExitStatus.help)
            """,
        subcommands: [BundleExport.self, BundleImport.self])
}

struct PassphraseArguments: ParsableArguments {
    @Option(help: ArgumentHelp("The passphrase, in a file (default: asked on the terminal).", valueName: "file"))
    var passphraseFile: String?

    func source(_ terminal: Terminal) -> PassphraseSource {
        PassphraseSource(file: passphraseFile, option: "--passphrase-file", terminal: terminal)
    }
}

struct BundleExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Seal the CA and the client pair into a file.")

    @Argument(help: ArgumentHelp("The file to make.", valueName: "file"))
    var bundle: String

    @OptionGroup var passphrase: PassphraseArguments
    @OptionGroup var files: FoundFilesArguments
    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let store = try files.store(messages.terminal)
        let terminal = messages.terminal
        let secret = try passphrase.source(terminal).newPassphrase(for: bundle)
        try terminal.show(try store.exportBundle(to: bundle, passphrase: secret), as: report.output)
        terminal.next("kbootstrap certs bundle import \(ShellWord.quoted(bundle))   # on each other control plane")
    }
}

struct BundleImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Put the CA and the client pair of such a file in place.")

    @Argument(help: ArgumentHelp("The file that `export` made.", valueName: "file"))
    var bundle: String

    @OptionGroup var passphrase: PassphraseArguments

    @Flag(help: "Replace other files that are there; `kbootstrap certs undo` brings them back.")
    var replace = false

    @Option(help: "Owner of the files, for a kube-apiserver that is not root: USER:GROUP.")
    var owner: FileOwner?

    @OptionGroup var files: FrontProxyArguments
    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let store = try files.store(messages.terminal)
        let terminal = messages.terminal
        let secret = try passphrase.source(terminal).passphrase(for: bundle)
        let done = try store.importBundle(bundle, passphrase: secret, replaces: replace, owner: owner)
        try terminal.show(done, as: report.output)
        terminal.next("kbootstrap certs status\(store.options)")
    }
}
