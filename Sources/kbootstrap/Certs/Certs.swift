// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct Certs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certs",
        abstract: "The certificates of the aggregation layer.",
        subcommands: [
            CertsFrontProxy.self, CertsStatus.self, CertsRenew.self, CertsUndo.self, CertsRotateCA.self, CertsCSR.self,
            CertsInstallSigned.self, CertsBundle.self,
        ])
}
