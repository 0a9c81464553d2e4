// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import KubernetesClient
import MetricsServer

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Usage of nodes or pods, with the reason beside what is unknown.",
        subcommands: [TopNodes.self, TopPods.self])
}

struct TopNodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "nodes", abstract: "CPU and memory that nodes use.")

    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var messages: MessageOptions

    func run() async throws {
        let terminal = messages.terminal
        let rows = try await cluster.withCluster(terminal) { client, _ in
            let base = try await client.metricsPath()
            async let metrics = client.items("\(base)/nodes")
            async let nodes = client.list(.nodes).items
            return MetricsServer.Top.nodes(metrics: try await metrics, nodes: try await nodes)
        }
        terminal.result(Table(header: rows.header, rows: rows.rows).rendered())
    }
}

struct TopPods: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "pods", abstract: "CPU and memory that pods use.")

    @Option(name: .shortAndLong, help: "The namespace (default: the context's).")
    var namespace: String?

    @Flag(name: [.customShort("A"), .long], help: "Pods of all namespaces.")
    var allNamespaces = false

    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var messages: MessageOptions

    func run() async throws {
        let terminal = messages.terminal
        let rows = try await cluster.withCluster(terminal) { client, connection in
            let space = allNamespaces ? nil : namespace ?? connection.namespace
            let base = try await client.metricsPath()
            let path = space.map { "\(base)/namespaces/\($0)/pods" } ?? "\(base)/pods"
            async let metrics = client.items(path)
            async let pods = client.list(.pods, namespace: space).items
            return MetricsServer.Top.pods(
                metrics: try await metrics, pods: try await pods, showsNamespace: allNamespaces, now: Date())
        }
        terminal.result(Table(header: rows.header, rows: rows.rows).rendered())
    }
}

extension APIClient {
    /// The path of the metrics API in the version that the server prefers.
    fileprivate func metricsPath() async throws -> String {
        let group = try await items(in: "/apis/metrics.k8s.io")
        return "/apis/\(group["preferredVersion"]["groupVersion"].string ?? "metrics.k8s.io/v1beta1")"
    }

    fileprivate func items(_ path: String) async throws -> [JSONValue] { try await items(in: path).items }

    private func items(in path: String) async throws -> JSONValue {
        let answer = try await raw(.get, path)
        guard answer.status < 300, let object = try? JSONValue.parse(answer.body) else {
            let message = (try? JSONValue.parse(answer.body))?["message"].string
                ?? String(decoding: answer.body.prefix(200), as: UTF8.self)
            throw MetricsUnavailable(
                description: "GET \(path) answers HTTP \(answer.status): \(message)".escapingControls)
        }
        return object
    }
}

/// The metrics API gave no metrics.
struct MetricsUnavailable: Error, CustomStringConvertible {
    let description: String
    let hint = "kbootstrap verify   # names the cause"
}
