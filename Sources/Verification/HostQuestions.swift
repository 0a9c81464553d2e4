// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import FoundationEssentials
internal import KubernetesClient
internal import PKI

/// What only a control-plane host can tell, which has the front-proxy files.
extension Questions {
    func frontProxy(_ directory: String) throws -> FrontProxyEvidence {
        let layout =
            FrontProxyLayout.all.first { layout in
                FileManager.default.fileExists(atPath: "\(directory)/\(layout.clientCertificateFile)")
            } ?? .hardWay
        let files = try FrontProxyStore(directory: directory, layout: layout).load()
        return FrontProxyEvidence(
            directory: directory, clientCertificate: files.clientCertificate?.pem,
            authorities: files.caCertificates.map(\.pem).joined(),
            problems: files.problems + files.missing.map { "\($0) is not there" },
            pair: FrontProxyEvidence.Pair(certificate: files.clientCertificatePath, key: files.clientKeyPath))
    }

    /// How many backends are asked by themselves: more tell nothing more.
    private static let mostBackends = 5

    /// Asks the backends as kube-apiserver does, on behalf of a user that nobody knows.
    func strangers(_ evidence: Evidence) async -> [StrangerEvidence] {
        guard let files = evidence.frontProxy, files.clientCertificate != nil, files.problems.isEmpty,
            let apiService = evidence.apiService.object, let service = evidence.service.object,
            let endpoints = evidence.endpoints.object
        else { return [] }
        let backends = Backends(apiService: apiService, service: service, endpoints: endpoints)
        let identity = FrontProxyIdentity.files(certificate: files.pair.certificate, key: files.pair.key)
        var asked = backends.backends.prefix(Self.mostBackends).map { ($0, false) }
        // Only where something is to be explained: without kube-proxy on this host it takes its time to fail.
        if evidence.discovery.object == nil, let clusterIP = backends.clusterIP { asked.append((clusterIP, true)) }
        return await withTaskGroup(of: StrangerEvidence.self) { group in
            for (backend, isClusterIP) in asked {
                group.addTask {
                    StrangerEvidence(
                        backend: backend.description, isClusterIP: isClusterIP,
                        answer: await backends.ask(
                            backend, identity: identity,
                            path: evidence.readingPath.isEmpty ? nil : evidence.readingPath,
                            user: StrangerEvidence.user, groups: []))
                }
            }
            var found: [StrangerEvidence] = []
            for await one in group { found.append(one) }
            return found.sorted { ($0.isClusterIP ? 1 : 0, $0.backend) < ($1.isClusterIP ? 1 : 0, $1.backend) }
        }
    }
}
