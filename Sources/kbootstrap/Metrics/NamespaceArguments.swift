// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Where metrics-server is to run.
struct NamespaceArguments: ParsableArguments {
    @Option(name: .shortAndLong, help: "metrics-server's namespace (default: where it is, else kube-system).")
    var namespace: String?

    @Flag(help: "Make the namespace where it is missing.")
    var createNamespace = false
}
