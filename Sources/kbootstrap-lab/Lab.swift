// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A disposable control plane on this machine, for trying and testing kbootstrap.
@main
struct Lab: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kbootstrap-lab",
        abstract: "A disposable, real control plane on this machine, with faults on request.",
        discussion: """
            etcd, kube-apiserver and the upstream sample-apiserver, in a network and process namespace of their own: \
            nothing listens outside it, and nothing is left when it ends. scripts/control-plane gets the binaries.
            """,
        subcommands: [
            RunCommand.self, FaultsCommand.self, KubeletsCommand.self, MetricsBackendCommand.self,
            ContainerCommand.self, RealNodeCommand.self,
        ])
}
