// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Gives the Authorization header for each request, and renews what grows old.
actor CredentialSource {
    private let connection: ClusterConnection
    private var cached: (header: String?, until: Date)?
    private var pluginIdentity: ClientIdentity?
    /// Every secret that a header has carried.
    let sent = SentSecrets()

    /// How long the contents of a token file are used: client-go's minute.
    private static let tokenFileLifetime: TimeInterval = 60

    init(_ connection: ClusterConnection) { self.connection = connection }

    /// The header's value; nil where the client certificate says it all.
    ///
    /// - Parameter renewed: forget what is cached: the server has just refused it.
    func header(renewed: Bool = false) async throws(APIError) -> String? {
        if !renewed, let cached, cached.until > Date() { return cached.header }
        switch connection.credential {
        case .none: return nil
        case .token(let token): return bearer(token.value)
        case .basic(let user, let password):
            let both = Data("\(user):\(password.value)".utf8).base64EncodedString()
            sent.note(both)
            sent.note(password.value)
            return "Basic " + both
        case .tokenFile(let path, let otherwise):
            let token: String
            do throws(APIError) { token = try tokenFile(path) } catch {
                guard let otherwise else { throw error }
                token = otherwise.value
            }
            let header = bearer(token)
            cached = (header, Date().addingTimeInterval(Self.tokenFileLifetime))
            return header
        case .plugin(let plugin):
            let result = try await plugin.run(for: connection)
            pluginIdentity = result.identity
            let header = result.token.map { bearer($0.value) }
            cached = (header, result.expiration ?? .distantFuture)
            return header
        }
    }

    private func bearer(_ token: String) -> String {
        sent.note(token)
        return "Bearer \(token)"
    }

    /// The client certificate: the kubeconfig's, or the plugin's.
    func identity() async throws(APIError) -> ClientIdentity? {
        if case .plugin = connection.credential {
            _ = try await header()
            return pluginIdentity ?? connection.identity
        }
        return connection.identity
    }

    /// Whether asking again may give another answer.
    var isRenewable: Bool {
        switch connection.credential {
        case .tokenFile, .plugin: true
        case .none, .token, .basic: false
        }
    }

    private func tokenFile(_ path: String) throws(APIError) -> String {
        let bytes: [UInt8]?
        do { bytes = try LimitedFile.read(path, atMost: 1 << 20) } catch {
            throw APIError(.credentials, request: "token file \(path)", reason: "\(error)", hint: error.hint)
        }
        let token = String(decoding: bytes ?? [], as: UTF8.self).trimmed
        guard !token.isEmpty else {
            throw APIError(
                .credentials, request: "token file \(path)", reason: bytes == nil ? "it does not exist" : "it is empty",
                hint: "ls -l \(path)   # who writes it? the kubeconfig names it as tokenFile")
        }
        return token
    }
}
