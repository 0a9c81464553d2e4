// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import Core
import KubernetesClient

struct PredictFlags: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "What aggregated servers will make of a launch file's flags and certificates, before any restart.",
        discussion: """
            Computed from the launch file and the certificates that it names, as metrics-server's own authentication \
            does: whether every caller arrives under its own name, as somebody else, or not at all. \
            With --published it counts in what the cluster's other API servers have published already.

            Example:
              sudo kbootstrap apiserver-flags predict /etc/systemd/system/kube-apiserver.service
              sudo kbootstrap apiserver-flags predict --pid $(pgrep -o kube-apiserver) --published

            The exit status is 2 unless callers arrive under their own names with their groups.
            \(ExitStatus.help)
            """)

    @Argument(help: "The launch file; - is standard input (default: \(LaunchFileArgument.usualPlaces)).")
    var file: String?

    @Option(help: "A running kube-apiserver instead, by its process number.")
    var pid: Int?

    @Option(help: ArgumentHelp("The folder that stands for / when certificates are looked at.", valueName: "dir"))
    var root = "/"

    @Flag(help: "Count in what the cluster publishes already; asks the kubeconfig's cluster.")
    var published = false

    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard file == nil || pid == nil else { throw ValidationError("give a file, -, or --pid") }
    }

    func run() async throws {
        let launch: LaunchFile =
            if let pid { try LaunchFile.running(pid, root: root) } else {
                try LaunchFileArgument.read(
                    try LaunchFileArgument.path(file, of: "apiserver-flags predict"), root: root)
            }
        let prediction = AggregationPrediction(launch, published: try await trust(), root: root)
        let terminal = messages.terminal
        switch report.output {
        case .json: terminal.result(try prediction.json())
        case .text: terminal.result(PredictionText(prediction, colors: terminal.colorsResults).rendered())
        }
        if case .callersOwnName(groups: true, _) = prediction.verdict { return }
        let launched = pid.map { ["--pid", "\($0)"] } ?? file.map { [ShellWord.quoted($0)] } ?? []
        terminal.next((["kbootstrap apiserver-flags lint"] + launched).joined(separator: " "))
        throw ExitStatus.unhealthy
    }

    private func trust() async throws -> RequestHeaderTrust {
        guard published else { return RequestHeaderTrust() }
        return try await cluster.withCluster(messages.terminal) { client, _ in
            let object = try await client.get(
                ObjectReference(
                    .configMaps, namespace: "kube-system", name: "extension-apiserver-authentication"))
            return try RequestHeaderTrust(published: (object["data"].object ?? [:]).compactMapValues(\.string))
        }
    }
}
