// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import PKI

/// What an aggregated server reads about front proxies: the contents of ConfigMap
/// kube-system/extension-apiserver-authentication.
public struct RequestHeaderTrust: Sendable, Equatable {
    /// The requestheader CA; empty where none is published, and then no header is ever believed.
    public var proxyAuthorities: [Certificate] = []
    /// The cluster's client CA: its certificates are believed for their own name.
    public var clientAuthorities: [Certificate] = []
    /// Common names that a front proxy may have; any when empty.
    public var allowedNames: [String] = []
    public var usernameHeaders: [String] = []
    public var groupHeaders: [String] = []
    public var extraHeaderPrefixes: [String] = []

    public init() {}

    /// Reads the ConfigMap's data.
    ///
    /// - Throws: where a certificate in it cannot be read, or a list is not a list.
    public init(published data: [String: String]) throws(LaunchFileError) {
        proxyAuthorities = try Self.certificates(data, "requestheader-client-ca-file")
        clientAuthorities = try Self.certificates(data, "client-ca-file")
        allowedNames = try Self.list(data, "requestheader-allowed-names")
        usernameHeaders = try Self.list(data, "requestheader-username-headers")
        groupHeaders = try Self.list(data, "requestheader-group-headers")
        extraHeaderPrefixes = try Self.list(data, "requestheader-extra-headers-prefix")
    }

    /// What one kube-apiserver with these flags publishes. Without a requestheader CA it publishes none of the rest
    /// (k8s.io/kubernetes, cluster_authentication_trust_controller.go).
    init(_ flags: CommandLineFlags, _ credentials: LaunchCredentials, at now: Date) {
        clientAuthorities = Self.unexpired(credentials.clientCA?.certificates ?? [], at: now)
        let authorities = credentials.requestHeaderCA?.certificates ?? []
        guard !authorities.isEmpty else { return }
        proxyAuthorities = Self.unexpired(authorities, at: now)
        allowedNames = flags.list("requestheader-allowed-names") ?? []
        usernameHeaders = flags.list("requestheader-username-headers") ?? []
        groupHeaders = flags.list("requestheader-group-headers") ?? []
        extraHeaderPrefixes = flags.list("requestheader-extra-headers-prefix") ?? []
    }

    /// What is published once a kube-apiserver adds its own: they only ever add, so names and CAs of all that ever ran
    /// stay. Any name counts as allowed only while nobody gives one.
    func adding(_ own: RequestHeaderTrust) -> RequestHeaderTrust {
        func union<Value: Equatable>(_ a: [Value], _ b: [Value]) -> [Value] { a + b.filter { !a.contains($0) } }
        var all = self
        all.proxyAuthorities = union(proxyAuthorities, own.proxyAuthorities)
        all.clientAuthorities = union(clientAuthorities, own.clientAuthorities)
        all.allowedNames = union(allowedNames, own.allowedNames)
        all.usernameHeaders = union(usernameHeaders, own.usernameHeaders)
        all.groupHeaders = union(groupHeaders, own.groupHeaders)
        all.extraHeaderPrefixes = union(extraHeaderPrefixes, own.extraHeaderPrefixes)
        return all
    }

    /// kube-apiserver leaves out what ended more than five minutes ago (filterExpiredCerts, ibidem).
    private static func unexpired(_ certificates: [Certificate], at now: Date) -> [Certificate] {
        certificates.filter { $0.notAfter > now.addingTimeInterval(-300) }
    }

    private static func certificates(
        _ data: [String: String], _ key: String
    ) throws(LaunchFileError) -> [Certificate] {
        guard let text = data[key], !text.isEmpty else { return [] }
        do { return try Certificate.read(pem: Array(text.utf8)) } catch {
            throw LaunchFileError("what is published as \(key) cannot be read: \(error.description)")
        }
    }

    private static func list(_ data: [String: String], _ key: String) throws(LaunchFileError) -> [String] {
        guard let text = data[key], !text.isEmpty, text != "null" else { return [] }
        guard let list = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
            throw LaunchFileError("what is published as \(key) is not a list of names: \(text.prefix(100))")
        }
        return list
    }
}
