// SPDX-License-Identifier: Apache-2.0

/// From merged kubeconfig entries and the user's options to a connection.
struct KubeconfigReading {
    let config: Kubeconfig
    let options: ClusterOptions
    /// Which may name a proxy.
    let environment: [String: String]

    func connection() throws(KubeconfigError) -> ClusterConnection {
        let contextName = options.context ?? config.currentContext
        var context: Kubeconfig.Entry?
        if let contextName {
            guard let found = config.contexts[contextName] else {
                throw unknown("context", contextName, among: config.contexts)
            }
            context = found
        }
        var warnings: [String] = []
        let clusterName = options.cluster ?? context?.value.text("cluster")
        let userName = options.user ?? context?.value.text("user")
        let cluster = try entry(
            "cluster", clusterName, config.clusters, isOptional: options.server != nil && options.cluster == nil)
        let user = try entry("user", userName, config.users, isOptional: options.user == nil)
        if let userName, user == nil {
            warnings.append("there is no user \(userName) in \(files), so requests name nobody")
        }
        guard let server = options.server ?? cluster?.value.text("server"), !server.isEmpty else {
            throw KubeconfigError(
                contextName == nil
                    ? "the kubeconfig \(files) has no current context, and none was given"
                    : "cluster \(clusterName ?? "(none)") in \(files) names no server",
                hint: "kubectl config get-contexts   # then --context NAME")
        }

        let base = try ClusterConnection.url(server)
        let isSecure = base.scheme == "https"
        let trust = try trust(cluster, isSecure: isSecure)
        let given =
            try user.map { (user) throws(KubeconfigError) in try UserCredentials(user, isSecure: isSecure) } ?? .none
        // client-go gives no credentials to a server without TLS.
        let credentials = isSecure ? given : .none
        if isSecure {
            warnings += credentials.warnings
            if trust == .unverified {
                warnings.append(
                    "the API server's certificate is not verified: insecure-skip-tls-verify is set in \(files)")
            }
        } else {
            warnings.append(
                "\(base) is not encrypted" + (given.isNothing ? "" : ", so it gets no credentials")
                    + (server.contains("://") ? "" : "; write https:// in front of the server"))
        }
        return ClusterConnection(
            contextName: contextName, userName: userName,
            namespace: context?.value.text("namespace") ?? "default",
            warnings: warnings, base: base, trust: trust,
            // A name belongs to the cluster's own server.
            tlsServerName: options.tlsServerName
                ?? (options.server == nil ? cluster?.value.text("tls-server-name") : nil),
            proxy: try proxy(cluster, base), identity: credentials.identity,
            credential: credentials.credential.after(base.userInfo),
            impersonation: try Impersonation(user, options),
            requestTimeout: ClusterConnection.timeout(options.requestTimeout))
    }

    private var files: String { config.files.joined(separator: ", ") }

    private func unknown(
        _ what: String, _ name: String, among entries: [String: Kubeconfig.Entry]
    ) -> KubeconfigError {
        let known = entries.keys.sorted().joined(separator: ", ")
        return KubeconfigError(
            "there is no \(what) '\(name)' in \(files); there \(entries.count == 1 ? "is" : "are") \(known.isEmpty ? "none" : known)",
            hint: "kubectl config get-contexts")
    }

    /// - Parameter isOptional: whether client-go goes on without it.
    private func entry(
        _ what: String, _ name: String?, _ entries: [String: Kubeconfig.Entry], isOptional: Bool
    ) throws(KubeconfigError) -> Kubeconfig.Entry? {
        guard let name, !name.isEmpty else { return nil }
        if let found = entries[name] { return found }
        guard isOptional else { throw unknown(what, name, among: entries) }
        return nil
    }

    private func proxy(_ cluster: Kubeconfig.Entry?, _ base: ServerURL) throws(KubeconfigError) -> ProxyRoute? {
        if let cluster, let text = cluster.value.text("proxy-url") { return try ProxyRoute(text, of: cluster) }
        return try ProxyRoute.of(base, environment: environment)
    }

    private func trust(_ cluster: Kubeconfig.Entry?, isSecure: Bool) throws(KubeconfigError) -> ServerTrust {
        guard let cluster else { return .system }
        let authority = try cluster.pem("certificate-authority", what: "the certificate authority")
        guard isSecure else { return .system }
        if cluster.value["insecure-skip-tls-verify"].bool == true {
            guard authority == nil else {
                throw KubeconfigError(
                    "\(cluster) has a certificate authority and insecure-skip-tls-verify: one excludes the other",
                    hint: "kubectl config set-cluster \(cluster.name) --insecure-skip-tls-verify=false")
            }
            return .unverified
        }
        guard let authority else { return .system }
        let source = ServerTrust.Source(
            name: authority.source,
            hint: "kubectl config set-cluster \(cluster.name) --certificate-authority FILE")
        return .authorities(authority.bytes, source: source)
    }
}

extension UserCredentials {
    fileprivate var isNothing: Bool { identity == nil && credential == .none }
}

extension Credential {
    /// Go sends the name and password that stand in an address before anything else that says who is calling.
    fileprivate func after(_ userInfo: (user: String, password: Secret)?) -> Credential {
        guard let userInfo else { return self }
        return .basic(user: userInfo.user, password: userInfo.password)
    }
}
