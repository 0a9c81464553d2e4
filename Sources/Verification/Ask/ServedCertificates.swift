// SPDX-License-Identifier: Apache-2.0

internal import KubeletCertificates
internal import KubernetesClient
internal import PKI

/// What the chain's servers serve with, for whoever is shown it.
struct ServedCertificates {
    let client: APIClient
    let options: VerificationOptions

    init(_ client: APIClient, _ options: VerificationOptions) {
        self.client = client
        self.options = options
    }

    private static let mostKubelets = 20
    private static let mostBackends = 3
    /// For each server, and until no further kubelet is asked: time may be up already, and a page is waited for.
    private static let patience = Duration.seconds(1)

    /// - Returns: kube-apiserver's, which this client has seen; of the others those that are reached from here.
    func all(_ evidence: Evidence) async -> [ServedCertificate] {
        guard options.looksAtCertificates else { return [] }
        async let backends = backends(evidence)
        async let kubelets = kubelets(evidence)
        return Self.served(.apiServer, "", client.serverCertificates) + (await backends) + (await kubelets)
    }

    private func backends(_ evidence: Evidence) async -> [ServedCertificate] {
        guard let backends = Backends(evidence) else { return [] }
        return await withTaskGroup(of: [ServedCertificate].self) { group in
            for backend in backends.backends.prefix(Self.mostBackends) {
                group.addTask {
                    Self.served(
                        .backend, backend.description,
                        await backends.certificates(of: backend, timeout: Self.patience))
                }
            }
            var found: [ServedCertificate] = []
            for await one in group { found += one }
            return found.sorted { $0.name < $1.name }
        }
    }

    /// Those first that end first. Who has signed them is metrics-server's to judge, and its log says so.
    private func kubelets(_ evidence: Evidence) async -> [ServedCertificate] {
        guard evidence.isMetrics, let nodes = evidence[.nodes].object?.items else { return [] }
        let inspection = await KubeletInspection.of(
            nodes.map(KubeletNode.init), client, authorities: nil,
            KubeletInspection.Bounds(each: Self.patience, whole: Self.patience))
        return inspection.rows.compactMap { row in row.leaf.map { (row.node.name, $0) } }
            .sorted { ($0.1.notAfter, $0.0) < ($1.1.notAfter, $1.0) }
            .prefix(Self.mostKubelets)
            .map { ServedCertificate(.kubelet, name: $0, certificate: $1.pem) }
    }

    private static func served(
        _ server: ServedCertificate.Server, _ name: String, _ shown: Set<[UInt8]>
    ) -> [ServedCertificate] {
        shown.compactMap { try? Certificate(der: $0) }
            .sorted { $0.notAfter < $1.notAfter }
            .map { ServedCertificate(server, name: name, certificate: $0.pem) }
    }
}
