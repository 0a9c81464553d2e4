// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import KubernetesClient
import Verification

/// Says before a change which APIServices do not work with aggregator routing.
struct RoutingWarning {
    let cluster: ClusterArguments
    let terminal: Terminal

    /// A cluster that does not answer holds up nothing.
    private static let longest = Duration.seconds(5)

    private static func dialsPods(_ launch: LaunchFile) -> Bool {
        let flag = launch.arguments.map(\.text).last { $0.hasPrefix("--enable-aggregator-routing") }
        return flag.map { !$0.lowercased().hasSuffix("=false") } ?? false
    }

    /// - Parameters:
    ///   - launch: the file as it is.
    ///   - edited: its bytes to be.
    ///   - isDryRun: whether nothing is changed, so that there is no need to say what was not looked at.
    func show(_ launch: LaunchFile, edited: [UInt8], isDryRun: Bool) async {
        guard !Self.dialsPods(launch), let after = try? LaunchFile(path: launch.path, bytes: edited),
            Self.dialsPods(after)
        else { return }
        do {
            let broken = try await cluster.withCluster(terminal, within: Self.longest) { client, _ in
                try await RoutingEffects.broken(client)
            }
            guard !broken.isEmpty else { return }
            terminal.notice(
                "--enable-aggregator-routing=true breaks \(broken.joined(separator: ", ")): a Service of type "
                    + "ExternalName stands behind it; give that Service a ClusterIP and addresses first")
        } catch {
            guard !isDryRun else { return }
            terminal.notice(
                "no cluster was asked whether an APIService has an ExternalName Service behind it: "
                    + "--enable-aggregator-routing=true breaks it")
        }
    }
}
