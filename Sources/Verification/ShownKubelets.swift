// SPDX-License-Identifier: Apache-2.0

internal import KubeletCertificates
internal import KubernetesClient
internal import PKI

/// What kubelets serve with, for whoever is shown the chain.
extension Questions {
    private static let mostShown = 20
    /// For each kubelet, and until no further one is asked: time may be up already, and a page is waited for.
    private static let inspection = KubeletInspection.Bounds(each: .seconds(1), whole: .seconds(1))

    /// - Returns: those first that end first.
    func kubelets(_ evidence: Evidence) async -> [KubeletEvidence] {
        guard options.looksAtKubelets, evidence.isMetrics, let nodes = evidence.nodes.object?.items else { return [] }
        // Who has signed them is metrics-server's to judge, and its log says so.
        let inspection = await KubeletInspection.of(
            nodes.map(KubeletNode.init), client, authorities: nil, Self.inspection)
        return inspection.rows.compactMap { row in row.leaf.map { (row.node.name, $0) } }
            .sorted { ($0.1.notAfter, $0.0) < ($1.1.notAfter, $1.0) }
            .prefix(Self.mostShown)
            .map { KubeletEvidence(node: $0, certificate: $1.pem) }
    }
}
