// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import PKI

/// A CA that is kept elsewhere.
struct OutsideCAArguments: ParsableArguments {
    @Option(help: ArgumentHelp("A CA certificate of your own (PEM); goes with --ca-key.", valueName: "file"))
    var caCert: String?

    @Option(help: ArgumentHelp("The private key of --ca-cert (PEM); it is read, never copied.", valueName: "file"))
    var caKey: String?

    @Option(
        help: ArgumentHelp(
            "The passphrase of an encrypted --ca-key, in a file (default: asked on the terminal).", valueName: "file"))
    var caKeyPassphraseFile: String?

    func validate() throws {
        guard (caCert == nil) == (caKey == nil) else { throw ValidationError("--ca-cert and --ca-key go together") }
        if caKeyPassphraseFile != nil, caKey == nil { throw ValidationError("--ca-key-passphrase-file needs --ca-key") }
    }

    func outsideCA(_ terminal: Terminal) throws -> OutsideCA? {
        guard let caCert, let caKey else { return nil }
        let source = PassphraseSource(file: caKeyPassphraseFile, option: "--ca-key-passphrase-file", terminal: terminal)
        return OutsideCA(certificate: caCert, key: caKey) { (path) throws(FrontProxyError) in
            try source.passphrase(for: path)
        }
    }
}
