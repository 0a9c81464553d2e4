// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import KubeletCertificates
import KubernetesClient
import PKI

struct InspectKubelets: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Look at the certificate of every kubelet, and say whether metrics-server will accept it.",
        discussion: """
            A TLS handshake with each Node's kubelet, at the address that metrics-server will dial: by the arguments of \
            the one that is installed, else upstream's. Nothing is sent that could be stolen. Kubelets that this machine \
            cannot reach are named as not visible. Where a kubelet has no certificate, or will soon have none, what has \
            become of its signing request is said: pending, approved and not signed, denied, failed, issued, or never \
            made. Virtual Nodes (virtual-kubelet, Fargate), and Nodes that the installed metrics-server leaves out \
            (--node-selector), are no fault. Nothing is changed.

            Example:
              kbootstrap kubelet-certs inspect
              kbootstrap kubelet-certs inspect worker-0 worker-1 --ca /var/lib/kubernetes/ca.pem -o json

            The exit status is 2 where metrics-server would refuse a kubelet, or one is not visible.
            \(ExitStatus.help)
            """)

    @Argument(help: "Nodes (default: all).")
    var nodes: [String] = []

    @Option(
        help: ArgumentHelp(
            "The CA that metrics-server trusts (default: what it was installed with, else the cluster's, ConfigMap kube-root-ca.crt, else the kubeconfig's).",
            valueName: "file"))
    var ca: String?

    @Option(help: ArgumentHelp("Certificates with fewer days left are named.", valueName: "days"))
    var warnWithin = 30

    @Option(help: "How long each kubelet may take.")
    var timeout = DurationArgument(duration: .seconds(5))

    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard (0...36500).contains(warnWithin) else { throw ValidationError("--warn-within must be 0 to 36500 days") }
    }

    func run() async throws {
        let terminal = messages.terminal
        let inspection = try await cluster.withCluster(terminal) { client, connection in
            let installed = await InstalledScraping.read(client)
            let found = try await chosen(client, installed?.scraping.nodeSelector, terminal)
            for note in installed?.notes ?? [] { terminal.notice(note) }
            let authorities = try await authorities(client, connection, installed)
            if authorities == nil {
                terminal.notice(
                    "who signed certificates is not judged: what the installed metrics-server trusts is in its pod (--ca FILE)"
                )
            }
            return await KubeletInspection.of(
                found, client, as: installed?.scraping ?? .usual, authorities: authorities,
                KubeletInspection.Bounds(each: timeout.duration, warnWithinDays: warnWithin))
        }
        let missing = nodes.filter { name in !inspection.rows.contains { $0.node.name == name } }
        guard missing.isEmpty else {
            throw KubeletsUnknown(
                description: "there is no Node \(missing.joined(separator: ", "))", hint: "kubectl get nodes")
        }
        switch report.output {
        case .json: terminal.result(try inspection.json())
        case .text: terminal.result(KubeletText(inspection, colors: terminal.colorsResults).rendered())
        }
        KubeletText.advise(KubeletAdvice.steps(for: inspection), terminal)
        if inspection.rows.contains(where: \.isFailing) { throw ExitStatus.unhealthy }
    }

    /// The Nodes that are named; else those that the installed metrics-server scrapes.
    private func chosen(
        _ client: APIClient, _ selector: String?, _ terminal: Terminal
    ) async throws(APIError) -> [KubeletNode] {
        let all = try await KubeletNode.listed(client)
        guard nodes.isEmpty else { return all.filter { nodes.contains($0.name) } }
        guard let selector else { return all }
        let scraped = try await KubeletNode.listed(client, labelSelector: selector)
        let left = all.count - scraped.count
        if left > 0 {
            terminal.notice(
                "\(left) of \(all.count) Nodes are left out by metrics-server's --node-selector=\(selector)")
        }
        return scraped
    }

    /// - Returns: nil where the installed metrics-server trusts a file that cannot be seen.
    private func authorities(
        _ client: APIClient, _ connection: ClusterConnection, _ installed: InstalledScraping?
    ) async throws -> [Certificate]? {
        if let ca { return try CertificateFile.read(ca) }
        if let installed, installed.scraping.authorityFile != nil { return await installed.authorities(client) }
        if let published = await KubeletInspection.publishedAuthorities(client) { return published }
        guard let own = connection.authorities else {
            throw KubeletsUnknown(
                description: "neither ConfigMap kube-system/kube-root-ca.crt nor the kubeconfig names the cluster's CA",
                hint: "kbootstrap kubelet-certs inspect --ca FILE")
        }
        return try Certificate.read(pem: own)
    }
}

/// Why kubelets could not be judged.
struct KubeletsUnknown: HintedError {
    let description: String
    let hint: String?
}
