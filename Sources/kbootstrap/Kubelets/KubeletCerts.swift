// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct KubeletCerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubelet-certs",
        abstract: "What kubelets serve with, which metrics-server verifies.",
        subcommands: [InspectKubelets.self, IssueKubelets.self, ApproveKubelets.self])
}
