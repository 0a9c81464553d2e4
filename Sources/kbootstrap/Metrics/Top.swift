// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import KubernetesClient
public import MetricsServer

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Usage of nodes or pods, with the reason beside what is unknown.",
        subcommands: [TopNodes.self, TopPods.self])
}

/// What both tables take, by kubectl's names.
struct TopArguments: ParsableArguments {
    @Option(help: "What is used most comes first: cpu or memory (default: by name).")
    var sortBy: MetricsServer.Top.SortKey?

    @Option(name: [.customShort("l"), .long], help: "Only objects with these labels, as kubectl's -l.")
    var selector: String?

    @Flag(help: "Leave the header out.")
    var noHeaders = false

    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var messages: MessageOptions

    func show(_ rows: MetricsServer.Top.Rows) {
        let terminal = messages.terminal
        guard !rows.rows.isEmpty else { return terminal.notice("no resources found") }
        terminal.result(Table(header: rows.header, rows: rows.rows).rendered(withHeader: !noHeaders))
    }
}

extension MetricsServer.Top.SortKey: ExpressibleByArgument {}

struct TopNodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes", abstract: "CPU and memory that nodes use.", aliases: ["node", "no"])

    @OptionGroup var arguments: TopArguments

    func run() async throws {
        let rows = try await arguments.cluster.withCluster(arguments.messages.terminal) { client, _ in
            let api = try await client.metricsAPI()
            async let metrics = client.metrics(
                api.nodes.path(namespace: nil), selector: arguments.selector, NodeMetrics.read)
            async let nodes = client.list(.nodes, labelSelector: arguments.selector).items
            return MetricsServer.Top.nodes(
                metrics: try await metrics, nodes: try await nodes, sortedBy: arguments.sortBy)
        }
        arguments.show(rows)
    }
}

struct TopPods: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pods", abstract: "CPU and memory that pods use.", aliases: ["pod", "po"])

    @Option(name: .shortAndLong, help: "The namespace (default: the context's).")
    var namespace: String?

    @Flag(name: [.customShort("A"), .long], help: "Pods of all namespaces.")
    var allNamespaces = false

    @Flag(help: "A row for each container.")
    var containers = false

    @OptionGroup var arguments: TopArguments

    func run() async throws {
        let rows = try await arguments.cluster.withCluster(arguments.messages.terminal) { client, connection in
            let space = allNamespaces ? nil : namespace ?? connection.namespace
            let api = try await client.metricsAPI()
            async let metrics = client.metrics(
                api.pods.path(namespace: space), selector: arguments.selector, PodMetrics.read)
            async let pods = client.list(.pods, namespace: space, labelSelector: arguments.selector).items
            return MetricsServer.Top.pods(
                metrics: try await metrics, pods: try await pods, showsNamespace: allNamespaces,
                showsContainers: containers, sortedBy: arguments.sortBy)
        }
        arguments.show(rows)
    }
}

extension APIClient {
    /// The metrics API in the version that the server prefers.
    fileprivate func metricsAPI() async throws -> MetricsAPI {
        try MetricsAPI(discovery: try JSONValue.parse(try await answer(MetricsAPI.discoveryPath)))
    }

    fileprivate func metrics<Item>(
        _ path: String, selector: String?, _ read: ([UInt8]) throws(MetricsError) -> [Item]
    ) async throws -> [Item] {
        try read(try await answer(path, query: selector.map { [("labelSelector", $0)] } ?? []))
    }

    private func answer(_ path: String, query: [(String, String)] = []) async throws -> [UInt8] {
        let answer = try await raw(.get, path, query: query)
        guard answer.status < 300 else {
            let message =
                (try? JSONValue.parse(answer.body))?["message"].string
                ?? String(decoding: answer.body.prefix(200), as: UTF8.self)
            throw MetricsUnavailable(
                description: "GET \(path) answers HTTP \(answer.status): "
                    + message.escapingControls.split(whereSeparator: \.isNewline).joined(separator: " "))
        }
        return answer.body
    }
}

/// The metrics API gave no metrics.
struct MetricsUnavailable: HintedError {
    let description: String
    let hint: String? = "kbootstrap verify   # names the cause"
}
