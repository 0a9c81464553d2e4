// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import KubernetesClient

/// Which cluster, and as whom: kubectl's options, by kubectl's names.
struct ClusterArguments: ParsableArguments {
    @Option(help: "Path of the kubeconfig file (default: $KUBECONFIG, ~/.kube/config, then in-cluster).")
    var kubeconfig: String?

    @Option(help: "The kubeconfig context to use.")
    var context: String?

    @Option(help: "The kubeconfig cluster to use.")
    var cluster: String?

    @Option(help: "The kubeconfig user to use.")
    var user: String?

    @Option(name: .shortAndLong, help: "The address of the Kubernetes API server.")
    var server: String?

    @Option(
        name: .customLong("tls-server-name"),
        help:
            "The name that the server's certificate must have (default: its address; with --server the kubeconfig's is left out)."
    )
    var tlsServerName: String?

    @Option(name: .customLong("as"), help: "The user to impersonate.")
    var asUser: String?

    @Option(name: .customLong("as-group"), help: "A group to impersonate; may be given several times.")
    var asGroup: [String] = []

    @Option(name: .customLong("as-uid"), help: "The uid to impersonate.")
    var asUID: String?

    @Option(
        name: .customLong("as-user-extra"),
        help: "An extra value to impersonate, as KEY=VALUE; may be given several times.")
    var asUserExtra: [KeyAndValue] = []

    @Option(help: "How long one request may take: 30s, 1m, or seconds; 0 for no limit (default: 30s).")
    var requestTimeout: DurationArgument?

    /// These options as they must be typed for another command to mean the same cluster and user; empty for the defaults.
    var asTyped: [String] {
        let named = [
            ("--kubeconfig", kubeconfig), ("--context", context), ("--cluster", cluster), ("--user", user),
            ("--server", server), ("--tls-server-name", tlsServerName), ("--as", asUser), ("--as-uid", asUID),
        ]
        var words = named.flatMap { name, value in value.map { [name, $0] } ?? [] }
        for group in asGroup { words += ["--as-group", group] }
        for extra in asUserExtra { words += ["--as-user-extra", "\(extra.key)=\(extra.value)"] }
        if let requestTimeout { words += ["--request-timeout", "\(requestTimeout.duration.components.seconds)"] }
        return words
    }

    private func timeout(within limit: Duration?) -> Duration? {
        guard let limit else { return requestTimeout?.duration }
        let own = requestTimeout?.duration ?? .seconds(30)
        return own == .zero ? limit : min(own, limit)
    }

    /// Opens the cluster, runs `body` with it, closes it.
    ///
    /// - Parameters:
    ///   - naming: the context, put before warnings where several clusters have them.
    ///   - limit: how long any one request may take at most, whatever was asked for.
    func withCluster<R: Sendable>(
        _ terminal: Terminal, naming: String? = nil, within limit: Duration? = nil,
        _ body: (APIClient, ClusterConnection) async throws -> R
    ) async throws -> R {
        let options = ClusterOptions(
            kubeconfig: kubeconfig, context: context, cluster: cluster, user: user, server: server,
            tlsServerName: tlsServerName, asUser: asUser, asGroups: asGroup, asUID: asUID,
            asUserExtra: Dictionary(grouping: asUserExtra, by: \.key).mapValues { $0.map(\.value) },
            requestTimeout: timeout(within: limit))
        let connection = try ClusterConnection.resolve(
            options, environment: ProcessInfo.processInfo.environment)
        for warning in connection.warnings { terminal.warning((naming.map { "\($0): " } ?? "") + warning) }
        return try await APIClient.with(connection) { client in try await body(client, connection) }
    }
}
