// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient
import PKI

/// A simulated kubelet for every Node that the API server knows, in one process.
struct SimulatedKubelets: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Of the CA that signs what kubelets serve with.
    let authorityCertificateFile: String
    let authorityKeyFile: String
    /// The fault of a node; nil for none.
    let fault: @Sendable (String) -> KubeletFault?
    let checksTokens: Bool
    let seed: UInt64
    /// A container's output; nil for none.
    var containerLog: @Sendable (ContainerLogQuery) -> [UInt8]? = { _ in nil }
    /// The folder of a node in which its serving certificate and key may come to lie; nil for none.
    var servingFolder: @Sendable (String) -> String? = { _ in nil }
    let log: KlogLine

    /// Serves until the task is cancelled. Each kubelet listens on its Node's first InternalIP, on the port that its
    /// status names (else 10250); Nodes that come later get theirs.
    ///
    /// - Parameter listening: called for each node, when its kubelet listens.
    func run(_ client: APIClient, listening: @escaping @Sendable (String) async -> Void = { _ in }) async throws {
        let certificates = try KubeletServingCertificates.read(
            certificateFile: authorityCertificateFile, keyFile: authorityKeyFile)
        let authorities = try Certificate.read(pem: Array(Data(contentsOf: URL(filePath: authorityCertificateFile))))
        let reviews = Reviews(client)
        let pods = FollowedObjects<ClusterPod>(.pods, log: log) { ClusterPod($0) }
        let nodes = FollowedObjects<SimulatedNodeAddress>(.nodes, log: log) { SimulatedNodeAddress($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await pods.follow(client) }
            group.addTask { await nodes.follow(client) }
            defer { group.cancelAll() }
            try await nodes.waitUntilSynced()
            var served: Set<String> = []
            while true {
                for node in nodes.all.sorted(by: { $0.name < $1.name }) where !served.contains(node.name) {
                    let kubelet = try kubelet(of: node, certificates, trusting: authorities, reviews, pods)
                    served.insert(node.name)
                    group.addTask { await serve(kubelet, listening) }
                }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func kubelet(
        of node: SimulatedNodeAddress, _ certificates: borrowing KubeletServingCertificates,
        trusting clientAuthorities: [Certificate], _ reviews: Reviews, _ pods: FollowedObjects<ClusterPod>
    ) throws -> SimulatedKubelet {
        let (name, fault) = (node.name, fault(node.name))
        return SimulatedKubelet(
            node: name, address: node.address, port: node.port,
            identity: try certificates.identity(node: name, address: node.address, fault: fault), fault: fault,
            admission: checksTokens ? .webhook(reviews) : .anyToken,
            clientAuthorities: clientAuthorities, seed: seed,
            pods: { pods.all.filter { $0.nodeName == name } }, containerLog: containerLog,
            servingFiles: servingFolder(name).map { FollowedServingFiles(kubeletFolder: $0, log: log) }, log: log)
    }

    private func serve(_ kubelet: SimulatedKubelet, _ listening: @escaping @Sendable (String) async -> Void) async {
        do {
            try await kubelet.run { port in
                log.structured(
                    .info, "Simulated kubelet listens", at: "SimulatedKubelets.swift",
                    [
                        "node": .text(kubelet.node), "address": .text("\(kubelet.address):\(port)"),
                        "fault": .text(kubelet.fault?.rawValue ?? ""),
                    ])
                await listening(kubelet.node)
            }
        } catch is CancellationError {
            return
        } catch {
            log.structured(
                .error, "Simulated kubelet cannot listen", at: "SimulatedKubelets.swift",
                [
                    "node": .text(kubelet.node), "address": .text("\(kubelet.address):\(kubelet.port)"),
                    "err": .text("\(error)"),
                ])
        }
    }
}
