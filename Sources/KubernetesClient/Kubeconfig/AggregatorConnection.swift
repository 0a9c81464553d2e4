// SPDX-License-Identifier: Apache-2.0

extension ClusterConnection {
    /// A connection to an aggregated server itself, as kube-apiserver's aggregator makes it: the front-proxy
    /// certificate is shown to it, and X-Remote headers of each request say who is calling.
    ///
    /// - Parameters:
    ///   - host: an address, such as a pod's.
    ///   - serverName: what its certificate must be for: `SERVICE.NAMESPACE.svc`.
    ///   - caBundle: the APIService's, as PEM; nil where the APIService skips the verification.
    ///   - certificate: of the client, as PEM.
    ///   - key: of that certificate, as PEM.
    public static func aggregator(
        host: String, port: Int, serverName: String, caBundle: [UInt8]?, certificate: [UInt8], key: String,
        timeout: Duration = .seconds(5)
    ) throws(KubeconfigError) -> ClusterConnection {
        let server = "https://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        return ClusterConnection(
            server: server, contextName: nil, userName: "the front proxy", namespace: "default", warnings: [],
            base: try url(server), trust: caBundle.map { .authorities($0, source: "caBundle") } ?? .unverified,
            tlsServerName: serverName, proxy: nil,
            identity: ClientIdentity(certificate: certificate, key: Secret(value: key)), credential: .none,
            impersonatedUser: nil, impersonatedGroups: [], requestTimeout: timeout)
    }
}
