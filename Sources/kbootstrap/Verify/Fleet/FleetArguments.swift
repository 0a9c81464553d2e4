// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import KubernetesClient

/// Which clusters, where many are verified at once.
struct FleetArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Verify these kubeconfig contexts, side by side.", valueName: "a,b"))
    var contexts: String?

    @Flag(help: "Verify every context of the kubeconfig, side by side.")
    var allContexts = false

    @Option(help: "How many clusters are verified at the same time.")
    var concurrency = 16

    var isGiven: Bool { contexts != nil || allContexts }

    func validate() throws {
        guard contexts == nil || !allContexts else {
            throw ValidationError("--contexts and --all-contexts do not go together")
        }
        guard contexts == nil || !named.isEmpty else { throw ValidationError("--contexts names no context") }
        guard (1...Self.mostAtOnce).contains(concurrency) else {
            throw ValidationError("--concurrency is from 1 to \(Self.mostAtOnce)")
        }
    }

    /// The contexts to verify, each once, in the order given.
    func names(kubeconfig: String?) throws -> [String] {
        guard allContexts else { return named }
        let found = try ClusterOptions(kubeconfig: kubeconfig).contextNames(
            environment: ProcessInfo.processInfo.environment)
        guard !found.isEmpty else { throw ValidationError("the kubeconfig has no context") }
        return found
    }

    private var named: [String] {
        var seen: Set<String> = []
        return (contexts ?? "").split(separator: ",").map(String.init).filter { seen.insert($0).inserted }
    }

    /// Each cluster takes a thread and a handful of sockets; a shell's usual limit is 1024 open files.
    private static let mostAtOnce = 64
}
