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

    @Option(help: "Days that the client certificate is valid.")
    var days = 365

    @Option(help: "Days that the CA is valid.")
    var caDays = 3650

    @Option(help: "Common name of the client certificate (default: the layout's).")
    var commonName: String?

    @Option(help: "Owner of the files, for a kube-apiserver that is not root: USER:GROUP.")
    var owner: FileOwner?

    @Option(help: ArgumentHelp("A CA certificate of your own (PEM); goes with --ca-key.", valueName: "file"))
    var caCert: String?

    @Option(help: ArgumentHelp("The private key of --ca-cert (PEM); it is read, never copied.", valueName: "file"))
    var caKey: String?

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
        guard (1...36500).contains(days) else { throw ValidationError("--days must be between 1 and 36500") }
        guard (1...36500).contains(caDays) else { throw ValidationError("--ca-days must be between 1 and 36500") }
        guard (caCert == nil) == (caKey == nil) else {
            throw ValidationError("--ca-cert and --ca-key go together")
        }
        if !san.isEmpty, !serverAuth {
            throw ValidationError("--san names a server: add --server-auth, or leave --san out")
        }
        if let commonName, commonName.isEmpty || commonName.utf8.count > 64 {
            throw ValidationError("--common-name must be 1 to 64 bytes long (RFC 5280, ub-common-name)")
        }
        if let commonName, commonName.contains(where: { $0 == "," || $0.isWhitespace || "'\"".contains($0) }) {
            throw ValidationError(
                "--common-name must have no commas, quotes or spaces: --requestheader-allowed-names would not hold it")
        }
        do { _ = try names() } catch { throw ValidationError("--san: \(error)") }
    }

    func run() throws {
        var options = FrontProxyOptions(
            keyAlgorithm: keyAlgorithm, days: days, caDays: caDays, commonName: commonName,
            serverAuth: serverAuth, names: try names(), owner: owner, dryRun: dryRun)
        if let caCert, let caKey { options.outsideCA = (certificate: caCert, key: caKey) }
        let made = try files.store().ensure(options)
        let terminal = messages.terminal
        switch report.output {
        case .text: terminal.result(FrontProxyReportText(made).rendered())
        case .json: terminal.result(try made.json())
        }
        for notice in made.notices { terminal.notice(notice) }
        guard !dryRun else { return }
        if made.isUnchanged { terminal.notice("unchanged: every file was there, and fits") }
        terminal.next("kbootstrap apiserver-flags\(files.asTyped)")
    }

    private func names() throws -> [SubjectAlternativeName] {
        try san.flatMap { $0.split(separator: ",") }.map { try SubjectAlternativeName.parse(String($0)) }
    }
}
