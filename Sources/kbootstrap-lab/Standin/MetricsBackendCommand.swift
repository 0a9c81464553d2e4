// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import KubernetesClient
import PKI

/// `kbootstrap-lab metrics-backend`: metrics.k8s.io for as many nodes and pods as asked.
struct MetricsBackendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics-backend",
        abstract: "A simulated metrics.k8s.io: made-up numbers for as many nodes and pods as asked.",
        discussion: """
            Callers are authenticated and authorized as before metrics-server; nothing is scraped. Nodes are called \
            \(GeneratedMetrics.nodeName(0)) on; pods \(GeneratedMetrics.podName(0)) on, \
            \(GeneratedMetrics.podsPerNamespace) each in the namespaces \(GeneratedMetrics.namespace(ofPod: 0)) on.
            """)

    @Option(help: "Leads to the API server, as somebody who may read its authentication ConfigMap and create reviews.")
    var kubeconfig: String

    @Option(help: "How many nodes.")
    var nodes = 10

    @Option(help: "How many pods.")
    var pods = 100

    @Option(help: "How many containers a pod has.")
    var containers = 1

    @Option(help: "Other numbers for another seed.")
    var seed: UInt64 = 1

    @Option(help: "The address to listen on.")
    var bindAddress = "0.0.0.0"

    @Option(help: "The port to listen on.")
    var securePort = 4443

    @Option(help: "The serving certificate; without it one is made and signed by itself.")
    var tlsCertFile: String?

    @Option(help: "The serving certificate's key.")
    var tlsPrivateKeyFile: String?

    func run() async throws {
        let identity: ServingIdentity
        if let tlsCertFile, let tlsPrivateKeyFile {
            identity = try .read(certificateFile: tlsCertFile, keyFile: tlsPrivateKeyFile)
        } else {
            identity = try .selfSigned(commonName: "localhost", names: [.dns("localhost")])
        }
        let backend = SimulatedMetricsBackend(
            host: bindAddress, port: securePort, identity: identity,
            metrics: GeneratedMetrics(
                nodeCount: nodes, podCount: pods, containersPerPod: containers, seed: seed, window: 15_000),
            release: .newest, log: KlogLine())
        let connection = try ClusterConnection.resolve(
            ClusterOptions(kubeconfig: kubeconfig, requestTimeout: .seconds(10)), environment: [:])
        try await APIClient.with(connection) { client in try await backend.run(client) }
    }
}
