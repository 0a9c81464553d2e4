// SPDX-License-Identifier: Apache-2.0

/// The certificate that is shown to an aggregated server, with its key.
public enum FrontProxyIdentity: Sendable {
    /// Both as PEM.
    case pem(certificate: [UInt8], key: String)
    /// Both as paths of PEM files; they are read when the connection is made.
    case files(certificate: String, key: String)

    fileprivate func identity() throws(KubeconfigError) -> ClientIdentity {
        switch self {
        case .pem(let certificate, let key):
            return ClientIdentity(
                certificate: certificate, key: Secret(value: key), source: .frontProxy("certificate", "key"))
        case .files(let certificate, let key):
            let keyBytes = try ClusterConnection.pemFile(key, what: "the front-proxy key")
            return ClientIdentity(
                certificate: try ClusterConnection.pemFile(certificate, what: "the front-proxy certificate"),
                key: Secret(value: String(decoding: keyBytes, as: UTF8.self)), source: .frontProxy(certificate, key))
        }
    }
}

extension ClientIdentity.Source {
    fileprivate static func frontProxy(_ certificate: String, _ key: String) -> ClientIdentity.Source {
        ClientIdentity.Source(
            certificate: "the front-proxy certificate \(certificate)", key: "the front-proxy key \(key)",
            hint: "kbootstrap certs status")
    }
}

extension ClusterConnection {
    private static let caBundle = ServerTrust.Source(
        name: "the APIService's caBundle", hint: "kubectl get apiservices   # whose spec.caBundle is it?")

    /// A connection to an aggregated server itself, as kube-apiserver's aggregator makes it: the front-proxy
    /// certificate is shown to it, and X-Remote headers of each request say who is calling.
    ///
    /// - Parameters:
    ///   - host: an address, such as a pod's.
    ///   - serverName: what its certificate must be for: `SERVICE.NAMESPACE.svc`.
    ///   - caBundle: the APIService's, as PEM; nil where the APIService skips the verification.
    ///   - identity: nil to show no certificate, as a probe does.
    ///   - timeout: of each request.
    public static func aggregator(
        host: String, port: Int, serverName: String, caBundle: [UInt8]?, identity: FrontProxyIdentity?,
        timeout: Duration = .seconds(5)
    ) throws(KubeconfigError) -> ClusterConnection {
        return ClusterConnection(
            contextName: nil, userName: "the front proxy", namespace: "default", warnings: [],
            base: try url("https://\(ServerURL.bracketed(host)):\(port)"),
            trust: caBundle.map { .authorities($0, source: Self.caBundle) } ?? .unverified,
            tlsServerName: serverName, proxy: nil,
            identity: try identity?.identity(), credential: .none,
            impersonation: .none, requestTimeout: timeout)
    }
}
