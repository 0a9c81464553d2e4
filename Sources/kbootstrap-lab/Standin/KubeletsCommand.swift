// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import KubernetesClient

/// `kbootstrap-lab kubelets`: simulated kubelets for the Nodes of a cluster.
struct KubeletsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubelets",
        abstract: "Simulated kubelets, one for each Node: numbers without containers.",
        discussion: """
            Each listens on its Node's first InternalIP and serves /metrics/resource for the pods that are assigned to \
            the Node. What it tells is made up, the same for the same --seed; who may ask is checked as by a kubelet.

            Faults, for all nodes (--fault slow) or one (--fault worker-0=slow):
            \(KubeletFault.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n"))
            """)

    @Option(help: "Leads to the API server, as somebody who may list nodes and pods and create reviews.")
    var kubeconfig: String

    @Option(help: "The certificate of the CA that signs what kubelets serve with.")
    var caCert: String

    @Option(help: "That CA's key.")
    var caKey: String

    @Option(help: "What is wrong: FAULT or NODE=FAULT; may be repeated.")
    var fault: [String] = []

    @Option(
        help: """
            The folder that kbootstrap kubelet-certs issue writes a folder for each node into: a kubelet serves with its \
            files once they are there, and with others when they change.
            """)
    var servingDir: String?

    @Flag(help: "Let in whoever shows any token, without asking the API server.")
    var anyToken = false

    @Option(help: "Other numbers for another seed.")
    var seed: UInt64 = 1

    @Option(name: .customShort("v"), help: "How much to log, as klog's -v.")
    var verbosity = 0

    func run() async throws {
        let faults = try faults()
        let log = KlogLine(verbosity: verbosity)
        log.structured(
            .info, "These kubelets are simulated by kbootstrap-lab: no containers run", at: "KubeletsCommand.swift")
        let kubelets = SimulatedKubelets(
            authorityCertificateFile: caCert, authorityKeyFile: caKey, fault: { faults[$0] ?? faults["*"] },
            checksTokens: !anyToken, seed: seed,
            servingFolder: { [servingDir] node in servingDir.map { "\($0)/\(node)" } }, log: log)
        let connection = try ClusterConnection.resolve(ClusterOptions(kubeconfig: kubeconfig), environment: [:])
        try await APIClient.with(connection) { client in try await kubelets.run(client) }
    }

    /// By node; `*` is every node.
    private func faults() throws -> [String: KubeletFault] {
        var faults: [String: KubeletFault] = [:]
        for text in fault {
            let sides = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = sides.last, let fault = KubeletFault(rawValue: name) else {
                throw ValidationError("'\(text)' is no fault; see --help")
            }
            faults[sides.count > 1 ? sides[0] : "*"] = fault
        }
        return faults
    }
}
