// SPDX-License-Identifier: Apache-2.0

import KubeletCertificates
import KubernetesClient
import MetricsServer
import Operations
import PKI

/// How the metrics-server that is installed goes to kubelets, as far as its Deployment may be read.
struct InstalledScraping {
    let scraping: KubeletScraping
    let namespace: String

    /// - Returns: nil where there is no Deployment metrics-server, or it may not be read.
    static func read(_ client: APIClient) async -> InstalledScraping? {
        let namespace = ((try? await InstalledPlace.read(client)) ?? .unknown).namespace
        let deployment = ObjectReference(
            .deployments, namespace: namespace, name: MetricsServerManifest.deployment.name)
        guard let live = try? await client.existing(deployment), let scraping = KubeletScraping(deployment: live)
        else { return nil }
        return InstalledScraping(scraping: scraping, namespace: namespace)
    }

    /// What it trusts in place of the cluster's CA.
    ///
    /// - Returns: nil where that is a file in its pod that nobody sees from here.
    func authorities(_ client: APIClient) async -> [Certificate]? {
        guard scraping.authorityFile == KubeletAuthority.path,
            let published = try? await client.existing(KubeletAuthority.configMap(in: namespace)),
            let pem = published["data"]["ca.crt"].string
        else { return nil }
        return try? Certificate.read(pem: Array(pem.utf8))
    }

    /// Where it is not as upstream's manifest has it.
    var notes: [String] {
        var notes: [String] = []
        if scraping.addressTypes != KubeletScraping.usual.addressTypes {
            let types = scraping.addressTypes.joined(separator: ", ").singleLine
            notes.append("kubelets are dialled as the installed metrics-server does, by \(types)")
        }
        if !scraping.verifies { notes.append("the installed metrics-server verifies no kubelet") }
        return notes
    }
}
