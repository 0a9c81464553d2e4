// SPDX-License-Identifier: Apache-2.0

/// Which cluster, and as whom: kubectl's options.
public struct ClusterOptions: Sendable {
    public var kubeconfig: String?
    public var context: String?
    public var cluster: String?
    public var user: String?
    public var server: String?
    public var asUser: String?
    public var asGroups: [String]
    /// The longest that one request may take; zero for no limit, nil for the default of 30 seconds.
    public var requestTimeout: Duration?

    public init(
        kubeconfig: String? = nil, context: String? = nil, cluster: String? = nil, user: String? = nil,
        server: String? = nil, asUser: String? = nil, asGroups: [String] = [], requestTimeout: Duration? = nil
    ) {
        self.kubeconfig = kubeconfig
        self.context = context
        self.cluster = cluster
        self.user = user
        self.server = server
        self.asUser = asUser
        self.asGroups = asGroups
        self.requestTimeout = requestTimeout
    }
}

/// A kubeconfig that does not lead to a cluster: which file, why, and what to type next.
public struct KubeconfigError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    public let hint: String?

    init(_ description: String, hint: String? = nil) {
        self.description = description.escapingControls
        self.hint = hint
    }
}
