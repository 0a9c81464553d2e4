// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubeletCertificates
import KubernetesClient
import MetricsServer
import PKI

/// Whether kubelets are looked at before metrics-server is installed, which then has to verify them.
struct KubeletInspectionArguments: ParsableArguments {
    @Flag(help: "Install without looking at kubelets' certificates first; metrics-server verifies them all the same.")
    var skipKubeletInspection = false

    @Option(
        help: ArgumentHelp(
            "The CA that signed kubelets' certificates, where it is not the cluster's: metrics-server gets it in a ConfigMap.",
            valueName: "file"))
    var kubeletCa: String?

    func validate() throws {
        if let kubeletCa, kubeletCa.isEmpty { throw ValidationError("--kubelet-ca must not be empty") }
    }

    /// These options as they must be typed for another command to do the same.
    var asTyped: [String] {
        (skipKubeletInspection ? ["--skip-kubelet-inspection"] : []) + (kubeletCa.map { ["--kubelet-ca", $0] } ?? [])
    }

    /// - Parameters:
    ///   - isInsecure: whether nothing of kubelets is to be verified.
    ///   - extra: metrics-server's extra arguments.
    func refuseContradictions(_ isInsecure: Bool, _ extra: [String]) throws {
        guard kubeletCa != nil else { return }
        if isInsecure {
            throw ValidationError("--kubelet-ca verifies kubelets and --kubelet-insecure-tls does not: leave one out")
        }
        if extra.contains(where: { $0.prefix { $0 != "=" } == KubeletAuthority.flag }) {
            throw ValidationError("--extra-arg \(KubeletAuthority.flag) trusts another file than --kubelet-ca")
        }
    }

    /// The file's certificates, without anything else that is in it.
    ///
    /// - Throws: where it cannot be read, or holds no certificate.
    func authority() throws -> KubeletAuthority? {
        try kubeletCa.map { path in
            KubeletAuthority(pem: try CertificateFile.read(path).map(\.pem).joined())
        }
    }

    /// So long that a kubelet on the same continent answers, and so short that nobody wonders.
    private static let bounds = KubeletInspection.Bounds(each: .seconds(2), whole: .seconds(3))

    /// Looks at the kubelets as a metrics-server with these options will, in a few seconds however many there are.
    ///
    /// - Throws: `UnscrapableKubelets` where one is seen that will be refused, and `dryRun` is false.
    func look(
        at nodes: [KubeletNode], as options: MetricsServerOptions, dryRun: Bool, _ client: APIClient,
        _ terminal: Terminal
    ) async throws {
        let scraping = KubeletScraping(arguments: MetricsServerManifest(options).arguments)
        guard !skipKubeletInspection, scraping.usesTLS, !nodes.isEmpty else {
            if options.kubeletInsecureTLS { terminal.notice(KubeletForecast.unverifiedNotice) }
            return
        }
        var authorities: [Certificate]?
        if let own = options.kubeletAuthority {
            authorities = try Certificate.read(pem: Array(own.pem.utf8))
        } else if scraping.authorityFile == nil {
            authorities = await KubeletInspection.publishedAuthorities(client)
        }
        let forecast = KubeletForecast(
            await KubeletInspection.of(nodes, client, as: scraping, authorities: authorities, Self.bounds))
        try Task.checkCancellation()
        if options.kubeletInsecureTLS { terminal.notice(forecast.unverified) }
        for note in forecast.notes { terminal.notice(note) }
        guard !options.kubeletInsecureTLS, let refusal = forecast.refusal else { return }
        guard dryRun else { throw refusal }
        terminal.notice("this would be refused: \(refusal)")
        if let hint = refusal.hint { terminal.next(hint) }
    }
}
