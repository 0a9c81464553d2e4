// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubernetesClient
import MetricsServer

/// What goes with `--print` of install-metrics.
struct PrintArguments: ParsableArguments {
    @Option(
        help: """
            With --print kustomization: the folder for kustomization.yaml and a file for each object; made where it \
            is missing.
            """)
    var dir: String?

    @Flag(help: "With --print kustomization: replace files in --dir that differ.")
    var overwrite = false

    @Option(
        help: ArgumentHelp(
            "With --print: for kube-apiserver of this version, such as 1.31, without asking any.", valueName: "1.N"))
    var kubernetesVersion: KubernetesVersionArgument?

    func check(_ form: InstallMetrics.PrintForm?) throws {
        guard (form == .kustomization) == (dir != nil), dir?.isEmpty != true else {
            throw ValidationError("--print kustomization and --dir need each other")
        }
        if overwrite, form != .kustomization { throw ValidationError("--overwrite goes with --print kustomization") }
        if kubernetesVersion != nil, form == nil { throw ValidationError("--kubernetes-version goes with --print") }
    }

    /// What is known of the server without asking it; nil where it has to be asked, because nothing says what to print.
    ///
    /// - Parameter release: as given.
    func offline(_ release: MetricsServerRelease?) -> (release: MetricsServerRelease, minor: Int?)? {
        let server = kubernetesVersion.map { ServerVersion(major: 1, minor: $0.minor, gitVersion: "") }
        guard let release = release ?? server.map({ .chosen(for: $0) }) else { return nil }
        return (release, server?.minor)
    }

    /// Writes the folder and says what became of each file.
    func write(_ manifest: MetricsServerManifest, _ terminal: Terminal) throws {
        let folder = KustomizationFolder(path: dir ?? "")
        try folder.write(manifest.kustomization(), overwriting: overwrite) { path, outcome in
            terminal.result("\(path) \(outcome.rawValue)")
        }
        for path in folder.present(try manifest.otherKustomizationNames()) {
            terminal.notice("\(path) is of other options: kustomization.yaml does not name it any more")
        }
    }

    static let policyNotice =
        "the PodDisruptionBudget is of policy/v1, which Kubernetes serves from 1.21 on: --kubernetes-version 1.20 prints "
        + "policy/v1beta1"
}
