// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import PKI

struct CertsCSR: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "csr",
        abstract: "Print a request for the client certificate, to be signed by a CA that is kept elsewhere.",
        discussion: """
            The key is made here and stays here. A certificate that is there already is asked for again: same subject, \
            usages, names and key, or a new key with --new-key, which waits beside the present pair.

            Example:
              sudo kbootstrap certs csr > front-proxy.csr
              sudo kbootstrap certs install-signed front-proxy-signed.pem --ca-cert corporate-ca.pem

            \(ExitStatus.help)
            """)

    @OptionGroup var files: FrontProxyArguments

    @Option(help: "Common name to ask for (default: the present certificate's, or the layout's).")
    var commonName: String?

    @Flag(help: "Ask for a new key.")
    var newKey = false

    @Option(help: "Algorithm of a key that is made: \(KeyAlgorithm.names) (default: ecdsa-p256).")
    var keyAlgorithm: KeyAlgorithm?

    @Option(help: "Owner of a key that is made, for a kube-apiserver that is not root: USER:GROUP.")
    var owner: FileOwner?

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        if let commonName { try FrontProxyArguments.check(commonName: commonName) }
    }

    func run() throws {
        let store = try files.store(messages.terminal)
        let (request, keyFile, madeKey) = try store.request(
            SigningOptions(commonName: commonName, newKey: newKey, keyAlgorithm: keyAlgorithm, owner: owner))
        let terminal = messages.terminal
        terminal.result(request.pem)
        if !madeKey, keyAlgorithm != nil || owner != nil {
            terminal.notice("\(keyFile) was there and is kept as it is, without what --key-algorithm and --owner ask")
        }
        terminal.notice(
            "the request is for \(request.subject) and the key \(keyFile)\(madeKey ? ", which was made" : "")")
        terminal.next("kbootstrap certs install-signed FILE\(store.options)   # with what comes back")
    }
}

struct CertsInstallSigned: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install-signed",
        abstract: "Put a client certificate in place that was signed elsewhere.",
        discussion: """
            Checks that it fits the key, is for client authentication and leads to the CA, before it touches \
            anything. Intermediate certificates may stand behind it in the same file.

            \(ExitStatus.help)
            """)

    @Argument(help: ArgumentHelp("The signed certificate (PEM).", valueName: "file"))
    var certificate: String

    @Option(help: ArgumentHelp("The CA that signed it (PEM), where the folder has none yet.", valueName: "file"))
    var caCert: String?

    @Option(help: "Owner of the files, for a kube-apiserver that is not root: USER:GROUP.")
    var owner: FileOwner?

    @OptionGroup var files: FrontProxyArguments
    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let store = try files.store(messages.terminal)
        let done = try store.installSigned(certificate, ca: caCert, owner: owner)
        let terminal = messages.terminal
        try terminal.show(done, as: report.output)
        terminal.next("kbootstrap certs status\(store.options)")
    }
}
