// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct APIServerFlags: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apiserver-flags",
        abstract: "The kube-apiserver flags that turn the aggregation layer on: print, judge, predict, apply them.",
        discussion: """
            Without a subcommand it prints the flags, as render does.

            Example:
              kbootstrap apiserver-flags --format systemd
              sudo kbootstrap apiserver-flags lint /etc/systemd/system/kube-apiserver.service
              sudo kbootstrap apiserver-flags predict /etc/systemd/system/kube-apiserver.service
              sudo kbootstrap apiserver-flags apply /etc/kubernetes/manifests/kube-apiserver.yaml

            \(ExitStatus.help)
            """,
        subcommands: [RenderFlags.self, LintFlags.self, PredictFlags.self, ApplyFlags.self, UndoFlags.self],
        defaultSubcommand: RenderFlags.self)
}
