// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import KubernetesClient
import Operations

/// Whether and how kube-apiserver is restarted, and where it is asked whether it serves.
struct RestartArguments: ParsableArguments {
    @Flag(
        help: """
            Restart kube-apiserver, wait until it serves with the new flags, and bring the old file back if it does \
            not. Asks the kubeconfig's server; behind a load balancer, give --server https://THIS-HOST:6443.
            """)
    var restart = false

    @Option(help: ArgumentHelp("What restarts it (default: by the kind of file).", valueName: "command"))
    var restartCommand: String?

    @Option(help: "How long kube-apiserver may take to serve again, such as 90s or 2m.")
    var timeout = DurationArgument(duration: .seconds(120))

    @OptionGroup var cluster: ClusterArguments

    func validate() throws {
        guard restart || restartCommand == nil else { throw ValidationError("--restart-command needs --restart") }
    }

    /// What is to be typed where it is not done here.
    func next(_ file: LaunchFile) -> String {
        restartCommand ?? file.restartCommand
            ?? "kubectl get --raw /readyz   # kubelet restarts kube-apiserver by itself"
    }

    func run<Result: Sendable>(
        _ file: LaunchFile, _ backups: LaunchFileStore, _ terminal: Terminal,
        _ body: (LaunchRestart) async throws -> Result
    ) async throws -> Result {
        try await cluster.withCluster(terminal) { client, _ in
            try await body(
                LaunchRestart(
                    client: client, store: backups, command: restartCommand ?? file.restartCommand,
                    timeout: timeout.duration))
        }
    }
}

extension Terminal {
    func waitingToServe(_ state: String, _ elapsed: Duration) {
        progress("waiting: \(state)", detail: "(\(Duration.seconds(elapsed.components.seconds).short))")
    }
}
