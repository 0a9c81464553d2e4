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
        let reasons = rows.header.last == MetricsServer.Top.reason ? 1 : 0
        terminal.result(
            Table(header: rows.header, rows: rows.rows + rows.sum)
                .padded(columns: rows.header.count - reasons, withHeader: !noHeaders))
    }

    /// - Parameter name: of the one object that was asked for.
    func check(_ name: String?) throws {
        guard name == nil || selector == nil else {
            throw ValidationError("only one of a name and --selector can be given")
        }
        guard name?.isEmpty != true, name?.contains("/") != true else {
            throw ValidationError("'\(name ?? "")' is not a name")
        }
    }
}

extension MetricsServer.Top.SortKey: ExpressibleByArgument {}

struct TopNodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes", abstract: "CPU and memory that nodes use.", aliases: ["node", "no"])

    @Argument(help: "One node (default: all).")
    var name: String?

    @Flag(help: "Percentages of what a node has, not of what it has to give to pods.")
    var showCapacity = false

    @OptionGroup var arguments: TopArguments

    func validate() throws { try arguments.check(name) }

    func run() async throws {
        let rows = try await arguments.cluster.withCluster(arguments.messages.terminal) { client, _ in
            let api = try await client.metricsAPI()
            let query = TopQuery(name: name, namespace: nil, selector: arguments.selector)
            async let metrics = client.metrics(api.nodes, query) { NodeMetrics($0) }
            async let nodes = client.objects(.nodes, query, keeping: MetricsServer.Top.node)
            return MetricsServer.Top.nodes(
                metrics: try await metrics, nodes: try await nodes, of: showCapacity ? .capacity : .allocatable,
                sortedBy: arguments.sortBy)
        }
        arguments.show(rows)
    }
}

struct TopPods: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pods", abstract: "CPU and memory that pods use.", aliases: ["pod", "po"])

    @Argument(help: "One pod (default: all of the namespace).")
    var name: String?

    @Option(name: .shortAndLong, help: "The namespace (default: the context's).")
    var namespace: String?

    @Flag(name: [.customShort("A"), .long], help: "Pods of all namespaces.")
    var allNamespaces = false

    @Flag(help: "A row for each container.")
    var containers = false

    @Flag(help: "What all of them use together, below.")
    var sum = false

    @Option(help: "Only pods with these fields, as kubectl's --field-selector.")
    var fieldSelector: String?

    @OptionGroup var arguments: TopArguments

    func validate() throws {
        try arguments.check(name)
        guard name == nil || (!allNamespaces && fieldSelector == nil) else {
            throw ValidationError("a name is one pod's in one namespace: no --all-namespaces and no --field-selector")
        }
    }

    func run() async throws {
        let rows = try await arguments.cluster.withCluster(arguments.messages.terminal) { client, connection in
            let space = allNamespaces ? nil : namespace ?? connection.namespace
            let api = try await client.metricsAPI()
            let query = TopQuery(
                name: name, namespace: space, selector: arguments.selector, fieldSelector: fieldSelector)
            let metrics = try await client.metrics(api.pods, query) { PodMetrics($0) }
            let pods = try await client.unmeasuredPods(query, metrics)
            return MetricsServer.Top.pods(
                metrics: metrics, pods: pods, showsNamespace: allNamespaces,
                showsContainers: containers, showsSum: sum, sortedBy: arguments.sortBy)
        }
        arguments.show(rows)
    }
}
