// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// From merged kubeconfig entries and the user's options to a connection.
struct KubeconfigReading {
    let config: Kubeconfig
    let options: ClusterOptions

    func connection() throws(KubeconfigError) -> ClusterConnection {
        let contextName = options.context ?? config.currentContext
        var context: Kubeconfig.Entry?
        if let contextName {
            guard let found = config.contexts[contextName] else {
                throw unknown("context", contextName, among: config.contexts)
            }
            context = found
        }
        let clusterName = options.cluster ?? context?.value["cluster"].string
        let userName = options.user ?? context?.value["user"].string
        let cluster = try entry("cluster", clusterName, config.clusters)
        let user = try entry("user", userName, config.users)
        guard let server = options.server ?? cluster?.value["server"].string, !server.isEmpty else {
            throw KubeconfigError(
                contextName == nil
                    ? "the kubeconfig \(files) has no current context, and none was given"
                    : "cluster \(clusterName ?? "(none)") in \(files) names no server",
                hint: "kubectl config get-contexts   # then --context NAME")
        }

        var warnings: [String] = []
        let trust = try trust(cluster, &warnings)
        let identity = try identity(user)
        let credential = try credential(user)
        if identity != nil, credential != .none {
            warnings.append(
                "user \(userName ?? "") has a certificate and a token; the API server goes by the certificate")
        }
        let base = try ClusterConnection.url(server)
        if base.scheme == "http" { warnings.append("\(base) is not encrypted") }
        return ClusterConnection(
            contextName: contextName, userName: userName,
            namespace: context?.value["namespace"].string.flatMap { $0.isEmpty ? nil : $0 } ?? "default",
            warnings: warnings, base: base, trust: trust,
            tlsServerName: cluster?.value["tls-server-name"].string.flatMap { $0.isEmpty ? nil : $0 },
            proxy: try cluster.flatMap { (cluster) throws(KubeconfigError) in try proxy(cluster) },
            identity: identity, credential: credential,
            impersonatedUser: options.asUser ?? user?.value["as"].string,
            impersonatedGroups: options.asGroups.isEmpty
                ? (user?.value["as-groups"].array ?? []).compactMap(\.string) : options.asGroups,
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

    private func entry(
        _ what: String, _ name: String?, _ entries: [String: Kubeconfig.Entry]
    ) throws(KubeconfigError) -> Kubeconfig.Entry? {
        guard let name, !name.isEmpty else { return nil }
        guard let found = entries[name] else { throw unknown(what, name, among: entries) }
        return found
    }

    private func proxy(_ cluster: Kubeconfig.Entry) throws(KubeconfigError) -> ServerURL? {
        guard let text = cluster.value["proxy-url"].string, !text.isEmpty else { return nil }
        func refusal(_ why: String) -> KubeconfigError {
            KubeconfigError(
                "proxy-url '\(ServerURL.shown(text))' of \(cluster) \(why)",
                hint: "kubectl config set-cluster \(cluster.name) --proxy-url http://HOST:PORT")
        }
        guard text.contains("://"),
            let proxy = ServerURL(text, schemes: ["http", "https", "socks5", "socks5h"])
        else { throw refusal("is not the address of an http or socks5 proxy") }
        switch proxy.scheme {
        case "https": throw refusal("needs TLS to the proxy, which kbootstrap does not speak")
        case "http": return proxy
        default:
            guard proxy.userInfo == nil else {
                throw refusal("has a password for a socks5 proxy, which kbootstrap cannot send")
            }
            return proxy
        }
    }

    // MARK: Trust and identity

    private func trust(
        _ cluster: Kubeconfig.Entry?, _ warnings: inout [String]
    ) throws(KubeconfigError) -> ServerTrust {
        let authority = try pem(cluster, "certificate-authority", what: "the certificate authority")
        if let cluster, cluster.value["insecure-skip-tls-verify"].bool == true {
            guard authority == nil else {
                throw KubeconfigError(
                    "\(cluster) has a certificate authority and insecure-skip-tls-verify: one excludes the other",
                    hint: "kubectl config set-cluster \(cluster.name) --insecure-skip-tls-verify=false")
            }
            warnings.append("the API server's certificate is not verified: insecure-skip-tls-verify is set in \(files)")
            return .unverified
        }
        guard let authority else { return .system }
        let source = ServerTrust.Source(
            name: authority.source,
            hint: "kubectl config set-cluster \(cluster?.name ?? "") --certificate-authority FILE")
        return .authorities(authority.bytes, source: source)
    }

    private func identity(_ user: Kubeconfig.Entry?) throws(KubeconfigError) -> ClientIdentity? {
        let certificate = try pem(user, "client-certificate", what: "the client certificate")
        let key = try pem(user, "client-key", what: "the client key")
        switch (certificate, key) {
        case (let certificate?, let key?):
            let name = user?.name ?? ""
            return ClientIdentity(
                certificate: certificate.bytes, key: Secret(value: String(decoding: key.bytes, as: UTF8.self)),
                source: ClientIdentity.Source(
                    certificate: certificate.source, key: key.source,
                    hint: "kubectl config set-credentials \(name) --client-certificate FILE --client-key FILE"))
        case (nil, nil): return nil
        default:
            let (present, missing) = certificate == nil ? ("key", "certificate") : ("certificate", "key")
            throw KubeconfigError(
                "\(user?.description ?? files) has a client \(present) without its \(missing)",
                hint: "kubectl config set-credentials \(user?.name ?? "") --client-\(missing) FILE")
        }
    }

    /// The bytes of `NAME-data`, or of the file that `NAME` points at.
    private func pem(
        _ entry: Kubeconfig.Entry?, _ name: String, what: String
    ) throws(KubeconfigError) -> (bytes: [UInt8], source: String)? {
        guard let entry else { return nil }
        if let text = entry.value[name + "-data"].string, !text.isEmpty {
            guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters), !data.isEmpty else {
                throw KubeconfigError(
                    "\(name)-data of \(entry) is not base64",
                    hint: "base64 -w0 FILE   # of the PEM file, or name it as \(name)")
            }
            return (Array(data), "\(name)-data of \(entry)")
        }
        guard let path = entry.value[name].string, !path.isEmpty else { return nil }
        let absolute = path.hasPrefix("/") ? path : entry.folder + "/" + path
        return (try ClusterConnection.pemFile(absolute, what: what), "\(what) \(absolute)")
    }

    private func credential(_ user: Kubeconfig.Entry?) throws(KubeconfigError) -> Credential {
        guard let user else { return .none }
        let value = user.value
        var found: [(name: String, credential: Credential)] = []
        let token = value["token"].string.flatMap { $0.isEmpty ? nil : Secret(value: $0) }
        if let path = value["tokenFile"].string, !path.isEmpty {
            let absolute = path.hasPrefix("/") ? path : user.folder + "/" + path
            found.append(("tokenFile", .tokenFile(absolute, otherwise: token)))
        } else if let token {
            found.append(("token", .token(token)))
        }
        if let name = value["username"].string, !name.isEmpty {
            found.append(("username", .basic(user: name, password: Secret(value: value["password"].string ?? ""))))
        }
        if value["exec"].object != nil {
            found.append(("exec", .plugin(try ExecPlugin(value["exec"], folder: user.folder, file: user.file))))
        }
        if value["auth-provider"].object != nil {
            throw KubeconfigError(
                "\(user) uses auth-provider, which Kubernetes 1.26 took out",
                hint: "use the provider's exec plugin")
        }
        guard found.count <= 1 else {
            throw KubeconfigError(
                "\(user) has more than one way to authenticate: \(found.map(\.name).joined(separator: ", "))",
                hint: "kubectl config unset users.\(user.name).\(found[0].name)   # or any other but one")
        }
        return found.first?.credential ?? .none
    }
}
