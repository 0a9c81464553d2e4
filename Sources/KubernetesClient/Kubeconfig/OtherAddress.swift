// SPDX-License-Identifier: Apache-2.0

extension ClusterConnection {
    /// The same cluster and caller, dialled at one API server's own address.
    ///
    /// Nothing is trusted that the kubeconfig does not trust: the certificate must be of the same CA and for the same
    /// name. An address that somebody wrote into Endpoints is no name: kubelets have certificates of that CA for theirs.
    ///
    /// - Parameters:
    ///   - host: an IP address.
    ///   - timeout: of each request.
    ///   - connectTimeout: of each attempt to connect.
    /// - Throws: with the reason, where the server at that address could not be verified so.
    public func dialling(
        host: String, port: Int, timeout: Duration, connectTimeout: Duration
    ) throws(KubeconfigError) -> ClusterConnection {
        guard base.scheme == "https", trust != .unverified else {
            throw KubeconfigError("the kubeconfig does not verify API servers, so no other address gets credentials")
        }
        guard proxy == nil, base.path.isEmpty else {
            throw KubeconfigError("the kubeconfig leads through a proxy, which does not lead to one API server")
        }
        let own = base.host
        let name = tlsServerName ?? (host == own ? own : commonServerName ?? own)
        // An address is a name that one server has.
        guard host == name || !Self.isAddress(name) else {
            throw KubeconfigError(
                "the kubeconfig names its API server by an address, \(own), and has no tls-server-name for others",
                hint:
                    "kubectl config set-cluster NAME --tls-server-name kubernetes   # a name that every one of them has"
            )
        }
        var other = ClusterConnection(
            contextName: contextName, userName: userName, namespace: namespace, warnings: [],
            base: try Self.url("https://\(ServerURL.bracketed(host)):\(port)"), trust: trust,
            tlsServerName: host == name ? nil : name, proxy: nil,
            identity: identity, credential: credential, impersonation: impersonation, requestTimeout: timeout)
        other.connectTimeout = connectTimeout
        return other
    }

    static func isAddress(_ name: String) -> Bool {
        name.contains(":")
            || name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { UInt8($0) != nil }
    }
}
