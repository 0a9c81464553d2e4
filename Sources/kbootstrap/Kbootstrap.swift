// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The root of the command tree; each verb is a file of its own.
struct Kbootstrap: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kbootstrap",
        abstract: "Makes a Kubernetes cluster's aggregation layer work, and proves it.",
        discussion: """
            On a control-plane host, and then from wherever kubectl works:

              kbootstrap certs front-proxy      the front-proxy CA, certificate and key
              kbootstrap apiserver-flags        the kube-apiserver flags that use them
              kbootstrap install-metrics        metrics-server, through the Kubernetes API
              kbootstrap verify                 every hop checked, the cause named where one fails

            or all of it in one go: kbootstrap up

            \(ExitStatus.help)
            """,
        version: BuildInfo.version,
        subcommands: [
            Up.self, Certs.self, APIServerFlags.self, InstallMetrics.self, UninstallMetrics.self, Verify.self, Top.self,
            KubeletCerts.self,
            Explain.self,
        ])
}
