// SPDX-License-Identifier: Apache-2.0

/// Which cluster, and as whom: kubectl's options.
public struct ClusterOptions: Sendable {
    /// A path; nil for `$KUBECONFIG`, and then `~/.kube/config`.
    public var kubeconfig: String?
    /// Nil for the current one.
    public var context: String?
    /// In place of the context's.
    public var cluster: String?
    /// In place of the context's.
    public var user: String?
    /// An address in place of the cluster's.
    public var server: String?
    /// The name that the server's certificate must have, in place of the kubeconfig's, which goes with its own server.
    public var tlsServerName: String?
    /// Whom to impersonate, in place of the user's `as`.
    public var asUser: String?
    /// The groups to impersonate, in place of the user's `as-groups`.
    public var asGroups: [String]
    /// The uid to impersonate, in place of the user's `as-uid`.
    public var asUID: String?
    /// Extra values to impersonate by key, in place of those keys of the user's `as-user-extra`.
    public var asUserExtra: [String: [String]]
    /// The longest that one request may take; zero for no limit, nil for the default of 30 seconds.
    public var requestTimeout: Duration?

    /// Options that leave everything to the kubeconfig, but for what is given.
    public init(
        kubeconfig: String? = nil, context: String? = nil, cluster: String? = nil, user: String? = nil,
        server: String? = nil, tlsServerName: String? = nil, asUser: String? = nil, asGroups: [String] = [],
        asUID: String? = nil,
        asUserExtra: [String: [String]] = [:], requestTimeout: Duration? = nil
    ) {
        self.kubeconfig = kubeconfig
        self.context = context
        self.cluster = cluster
        self.user = user
        self.server = server
        self.tlsServerName = tlsServerName
        self.asUser = asUser
        self.asGroups = asGroups
        self.asUID = asUID
        self.asUserExtra = asUserExtra
        self.requestTimeout = requestTimeout
    }
}

/// A kubeconfig that does not lead to a cluster: which file, why, and what to type next.
public struct KubeconfigError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Which file or entry, and why.
    public let description: String
    /// What to type next, where that is known.
    public let hint: String?

    init(_ description: String, hint: String? = nil) {
        self.description = description.withoutSecrets.singleLine
        self.hint = hint?.singleLine
    }
}
