// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import FoundationEssentials
internal import KubernetesClient
internal import PKI

/// What only a control-plane host can tell, which has the front-proxy files.
enum HostQuestions {
    /// - Throws: where the files cannot be read.
    static func frontProxy(_ directory: String) throws -> FrontProxyEvidence {
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
}

extension Questions {
    /// How many backends are asked by themselves: more tell nothing more.
    private static let mostBackends = 5

    /// Asks the backends as kube-apiserver does, on behalf of a user that does not exist.
    func unknownUsers(_ seen: Evidence) async -> Answer {
        guard let files = seen.frontProxy, files.clientCertificate != nil, files.problems.isEmpty,
            let backends = Backends(seen)
        else { return .notAsked }
        let identity = FrontProxyIdentity.files(certificate: files.pair.certificate, key: files.pair.key)
        var asked = backends.backends.prefix(Self.mostBackends).map { ($0, false) }
        // Only where something is to be explained: without kube-proxy on this host it takes its time to fail.
        if seen[.discovery].object == nil, let clusterIP = backends.clusterIP { asked.append((clusterIP, true)) }
        var found = seen
        found.unknownUsers = await withTaskGroup(of: UnknownUserEvidence.self) { group in
            for (backend, isClusterIP) in asked {
                group.addTask {
                    UnknownUserEvidence(
                        backend: backend.description, isClusterIP: isClusterIP,
                        answer: await backends.ask(
                            backend, identity: identity, path: seen.readingPath.isEmpty ? nil : seen.readingPath,
                            user: UnknownUserEvidence.user, groups: []))
                }
            }
            var found: [UnknownUserEvidence] = []
            for await one in group { found.append(one) }
            return found.sorted { ($0.isClusterIP ? 1 : 0, $0.backend) < ($1.isClusterIP ? 1 : 0, $1.backend) }
        }
        return found[.unknownUsers]
    }
}
