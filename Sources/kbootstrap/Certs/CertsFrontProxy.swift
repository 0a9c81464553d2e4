// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import PKI

struct CertsFrontProxy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "front-proxy",
        abstract: "Make the front-proxy CA, and the client certificate and key signed by it.",
        discussion: """
            kube-apiserver shows this certificate to aggregated API servers, which trust the X-Remote-* headers that \
            come with it. Files that are there already are checked and kept; nothing is ever overwritten. \
            A second run writes nothing.

            Example:
              sudo kbootstrap certs front-proxy
              kbootstrap certs front-proxy --dir ./pki --layout kubeadm -o json

            \(ExitStatus.help)
            """)

    @OptionGroup var files: FrontProxyArguments

    @Option(help: "Key algorithm of what is made: \(KeyAlgorithm.names) (default: ecdsa-p256).")
    var keyAlgorithm: KeyAlgorithm?

    @Option(help: "How long the client certificate is valid: days, or hours as 8760h.")
    var days = Lifetime.days(365)

    @Option(help: "How long the CA is valid: days, or hours as 87600h.")
    var caDays = Lifetime.days(3650)

    @Option(help: "Common name of the client certificate (default: the layout's).")
    var commonName: String?

    @Option(help: "Owner of the files, for a kube-apiserver that is not root: USER:GROUP.")
    var owner: FileOwner?

    @OptionGroup var ca: OutsideCAArguments

    @Flag(help: "Let the certificate serve as a server's too (the walkthrough's way); goes with --san.")
    var serverAuth = false

    @Option(
        help: ArgumentHelp(
            "A DNS name or IP address in the certificate; may be given several times, or comma-separated.",
            valueName: "name"))
    var san: [String] = []

    @Flag(help: "Say what would be made; write nothing.")
    var dryRun = false

    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        if !san.isEmpty, !serverAuth {
            throw ValidationError("--san names a server: add --server-auth, or leave --san out")
        }
        if let commonName { try FrontProxyArguments.check(commonName: commonName) }
        do { _ = try names() } catch { throw ValidationError("--san: \(error)") }
    }

    func run() throws {
        let terminal = messages.terminal
        let options = FrontProxyOptions(
            keyAlgorithm: keyAlgorithm, lifetime: days, caLifetime: caDays, commonName: commonName,
            serverAuth: serverAuth, names: try names(), owner: owner, outsideCA: try ca.outsideCA(terminal),
            dryRun: dryRun)
        let made = try files.store(messages.terminal).ensure(options)
        try terminal.show(made, as: report.output)
        guard !dryRun else { return }
        if made.isUnchanged { terminal.notice("unchanged: every file was there, and fits") }
        terminal.next("kbootstrap apiserver-flags\(files.asTyped)")
    }

    private func names() throws -> [SubjectAlternativeName] {
        try san.flatMap { $0.split(separator: ",") }.map { try SubjectAlternativeName.parse(String($0)) }
    }
}
