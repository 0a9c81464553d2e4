// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient
internal import PKI

/// What API servers serve with: their certificates name the load balancer before them, which no object of the API does.
enum APIServerCertificates {
    /// Control planes have three or five.
    private static let mostServers = 16
    private static let timeout = Duration.seconds(3)
    /// Addresses of another network swallow packets.
    private static let connectTimeout = Duration.seconds(2)

    /// Everything that is named by the certificate of the API server that `client` has spoken to, and, where there are
    /// several, of each that can be reached and verified from here.
    ///
    /// - Parameter endpoints: the Endpoints default/kubernetes.
    /// - Returns: nil where no certificate was shown that is an API server's own, or one cannot be read: what a proxy
    ///   before it shows tells none of its names.
    static func names(
        _ client: APIClient, _ connection: ClusterConnection, _ endpoints: JSONValue
    ) async -> [SubjectAlternativeName]? {
        var shown = client.serverCertificates
        let servers = addresses(endpoints)
        if servers.count > 1 {
            await withTaskGroup(of: Set<[UInt8]>.self) { group in
                for server in servers.prefix(mostServers) {
                    group.addTask { await ask(server.host, server.port, client, connection) }
                }
                for await one in group { shown.formUnion(one) }
            }
        }
        let certificates = shown.compactMap { try? Certificate(der: $0) }
        guard certificates.count == shown.count,
            certificates.contains(where: { isAPIServers($0.subjectAlternativeNames) })
        else { return nil }
        return certificates.flatMap(\.subjectAlternativeNames)
    }

    /// Pods find the API server by these names, so that its certificate has one of them (kubernetes.io, "Accessing the
    /// Kubernetes API from a Pod").
    static func isAPIServers(_ names: [SubjectAlternativeName]) -> Bool {
        names.contains { name in
            guard case .dns(let text) = name else { return false }
            let folded = text.lowercased()
            return folded == "kubernetes" || folded == "kubernetes.default"
                || folded.hasPrefix("kubernetes.default.svc")
        }
    }

    private static func ask(
        _ host: String, _ port: Int, _ client: APIClient, _ connection: ClusterConnection
    ) async -> Set<[UInt8]> {
        let own = try? connection.dialling(host: host, port: port, timeout: timeout, connectTimeout: connectTimeout)
        guard let own else { return [] }
        let shown = try? await client.beside(own) { other in
            // Whatever it answers, it has shown its certificate.
            _ = try? await other.raw(.get, "/version")
            return other.serverCertificates
        }
        return shown ?? []
    }

    private static func addresses(_ endpoints: JSONValue) -> [(host: String, port: Int)] {
        (endpoints["subsets"].array ?? []).flatMap { subset -> [(host: String, port: Int)] in
            let ports = subset["ports"].array ?? []
            let port = (ports.first { $0["name"].string == "https" } ?? ports.first)?["port"].int
            guard let port, (1...65535).contains(port) else { return [] }
            return (subset["addresses"].array ?? []).compactMap { $0["ip"].string }.map { ($0, Int(port)) }
        }
    }
}
