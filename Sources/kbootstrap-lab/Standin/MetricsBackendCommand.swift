// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// `kbootstrap-lab metrics-backend`: metrics.k8s.io for as many nodes and pods as asked.
struct MetricsBackendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics-backend",
        abstract: "A simulated metrics.k8s.io: made-up numbers for as many nodes and pods as asked.",
        discussion: """
            Callers are authenticated and authorized as before metrics-server; nothing is scraped. Nodes are called \
            node-00000 on; pods load-00000 on, 110 each in the namespaces load-000 on.
            """)

    /// Asks the stand-in for numbers that nobody measured (Tests/Lab/metrics-server/generated.go).
    private static let environmentVariable = "KBOOTSTRAP_LAB_GENERATED"

    @Option(help: "Leads to the API server, as somebody who may read its authentication ConfigMap and create reviews.")
    var kubeconfig: String

    @Option(help: "How many nodes.")
    var nodes = 10

    @Option(help: "How many pods.")
    var pods = 100

    @Option(help: "How many containers a pod has.")
    var containers = 1

    @Option(help: "Other numbers for another seed.")
    var seed = 1

    @Option(help: "The address to listen on.")
    var bindAddress = "0.0.0.0"

    @Option(help: "The port to listen on.")
    var securePort = 4443

    @Option(help: "The serving certificate; without it one is made and signed by itself.")
    var tlsCertFile: String?

    @Option(help: "The serving certificate's key.")
    var tlsPrivateKeyFile: String?

    func run() throws {
        let certificate =
            if let tlsCertFile, let tlsPrivateKeyFile {
                ["--tls-cert-file=\(tlsCertFile)", "--tls-private-key-file=\(tlsPrivateKeyFile)"]
            } else {
                ["--cert-dir="]  // in memory
            }
        unsafe setenv(Self.environmentVariable, "\(nodes) \(pods) \(containers) \(seed)", 1)
        try ShortCommand.become(
            try LabMetricsServer.standin.program(),
            [
                "metrics-server", "--kubeconfig=\(kubeconfig)", "--authentication-kubeconfig=\(kubeconfig)",
                "--authorization-kubeconfig=\(kubeconfig)", "--bind-address=\(bindAddress)",
                "--secure-port=\(securePort)",
            ] + certificate)
    }
}
