// SPDX-License-Identifier: Apache-2.0

/// What a user's entry says about who is calling, by client-go's rules (clientcmd/validation.go, rest/transport.go).
struct UserCredentials {
    let identity: ClientIdentity?
    let credential: Credential
    private(set) var warnings: [String] = []

    static let none = UserCredentials()

    private init() {
        identity = nil
        credential = .none
    }

    /// A token counts before a plugin and an id-token, and so do a password and, before a plugin, a certificate.
    ///
    /// - Parameter isSecure: whether the server gets them; client-go looks less closely at those that it does not give.
    /// - Throws: for what kubectl refuses too.
    init(_ user: Kubeconfig.Entry, isSecure: Bool) throws(KubeconfigError) {
        identity = try Self.identity(user)
        let value = user.value
        let token = value.text("token").map { Secret(value: $0) }
        let name = value.text("username")
        let password = value.text("password")
        let tokenFile = value.text("tokenFile").map { user.path($0) }
        if token != nil || tokenFile != nil, name != nil || (token != nil && password != nil) {
            throw KubeconfigError(
                "\(user) has a token and a name or password: only one of them may be there",
                hint: "kubectl config unset users.\(user.name).\(token == nil ? "tokenFile" : "token")")
        }
        let plugin = try Self.plugin(user, isSecure: isSecure)
        let isToldAlready = token != nil || tokenFile != nil || name != nil
        let hasProvider = isSecure && value["auth-provider"].object != nil
        let idToken = hasProvider ? try IDToken.read(user, isNeeded: !isToldAlready) : nil
        if let tokenFile {
            credential = .tokenFile(tokenFile, otherwise: token)
        } else if let token {
            credential = .token(token)
        } else if let name {
            credential = .basic(user: name, password: Secret(value: password ?? ""))
        } else if let plugin, identity == nil {
            guard !isSecure || value["exec"]["interactiveMode"].string != "Always" else {
                throw KubeconfigError(
                    "the exec plugin of \(user) has interactiveMode Always, and kbootstrap gives no plugin a terminal",
                    hint: "make its interactiveMode IfAvailable, where the plugin allows that")
            }
            credential = .plugin(plugin)
        } else if let idToken {
            credential = .token(idToken)
        } else {
            credential = .none
        }
        if identity != nil, credential != .none {
            warnings.append("user \(user.name) has a certificate and a token; the API server goes by the certificate")
        }
        if identity == nil, value.text("client-key") != nil || value.text("client-key-data") != nil {
            warnings.append("user \(user.name) has a client key without its certificate; it is not used")
        }
    }

    private static func plugin(_ user: Kubeconfig.Entry, isSecure: Bool) throws(KubeconfigError) -> ExecPlugin? {
        guard user.value["exec"].object != nil else { return nil }
        guard user.value["auth-provider"].object == nil else {
            throw KubeconfigError(
                "\(user) has an exec plugin and an auth-provider: one excludes the other",
                hint: "kubectl config unset users.\(user.name).auth-provider")
        }
        let plugin = try ExecPlugin(user.value["exec"], folder: user.folder, file: user.file)
        if isSecure { try plugin.checkVersion(file: user.file) }
        return plugin
    }

    private static func identity(_ user: Kubeconfig.Entry) throws(KubeconfigError) -> ClientIdentity? {
        guard user.value.text("client-certificate") != nil || user.value.text("client-certificate-data") != nil else {
            return nil
        }
        let certificate = try user.pem("client-certificate", what: "the client certificate")
        let key = try user.pem("client-key", what: "the client key")
        guard let certificate, let key else {
            throw KubeconfigError(
                "\(user) has a client certificate without its key",
                hint: "kubectl config set-credentials \(user.name) --client-key FILE")
        }
        return ClientIdentity(
            certificate: certificate.bytes, key: Secret(value: String(decoding: key.bytes, as: UTF8.self)),
            source: ClientIdentity.Source(
                certificate: certificate.source, key: key.source,
                hint: "kubectl config set-credentials \(user.name) --client-certificate FILE --client-key FILE"))
    }
}

extension JSONValue {
    /// A member's text; nil where it is empty, which is the same as none.
    func text(_ name: String) -> String? { self[name].string.flatMap { $0.isEmpty ? nil : $0 } }
}

extension Kubeconfig.Entry {
    /// A relative path belongs to the file's folder.
    func path(_ path: String) -> String { path.hasPrefix("/") ? path : folder + "/" + path }

    /// The bytes of `NAME-data`, or of the file that `NAME` points at.
    ///
    /// - Throws: where both are there, as with kubectl.
    func pem(_ name: String, what: String) throws(KubeconfigError) -> (bytes: [UInt8], source: String)? {
        let path = value.text(name).map { self.path($0) }
        if let text = value.text(name + "-data") {
            guard path == nil else {
                throw KubeconfigError(
                    "\(self) has \(name) and \(name)-data: one excludes the other",
                    hint: "kubectl config unset \(kind)s.\(self.name).\(name)")
            }
            return (StrictBase64.bytes(text) ?? [], "\(name)-data of \(self)")
        }
        guard let path else { return nil }
        return (try ClusterConnection.pemFile(path, what: what), "\(what) \(path)")
    }
}
