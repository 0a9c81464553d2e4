// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import MetricsServer
import Testing

/// What upstream's own kustomizations render, as data to compare with.
private func upstream(_ version: String) throws -> [JSONValue] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/v\(version).yaml")
    return try JSONValue.documents(yaml: String(contentsOf: file, encoding: .utf8))
}

@Suite struct ManifestTests {
    @Test("the objects equal upstream's, field for field", arguments: ["0.6.1", "0.7.2", "0.9.0"])
    func equalsUpstream(_ version: String) throws {
        let release = try #require(MetricsServerRelease.named(version))
        let ours = try MetricsServerManifest(MetricsServerOptions(release: release)).objects()
        let theirs = try upstream(version)
        #expect(ours.count == theirs.count)
        for object in theirs {
            let own = ours.first { $0["kind"] == object["kind"] && $0.name == object.name }
            #expect(own == object, "\(object["kind"].string ?? "") \(object.name ?? "")")
        }
    }

    @Test("the YAML reads back as the objects", arguments: MetricsServerRelease.all.map(\.version))
    func roundTrip(_ version: String) throws {
        let release = try #require(MetricsServerRelease.named("v\(version)"))
        let manifest = MetricsServerManifest(MetricsServerOptions(release: release, kubeletInsecureTLS: true))
        #expect(try JSONValue.documents(yaml: manifest.yaml()) == manifest.objects())
    }

    @Test("a patch carries every argument of its release")
    func patch() throws {
        let release = try #require(MetricsServerRelease.named("0.6.1"))
        let manifest = MetricsServerManifest(MetricsServerOptions(release: release, kubeletInsecureTLS: true))
        #expect(
            try manifest.patch() == """
                {"spec":{"template":{"spec":{"containers":[{"args":["--cert-dir=/tmp","--secure-port=4443",\
                "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname","--kubelet-use-node-status-port",\
                "--metric-resolution=15s","--kubelet-insecure-tls"],"name":"metrics-server"}]}}}}
                """)
    }

    @Test(
        "a release is chosen by the server's version",
        arguments: [
            (20, "0.6.4"), (26, "0.6.4"), (27, "0.7.2"), (30, "0.7.2"), (31, "0.8.1"), (33, "0.8.1"), (34, "0.9.0"),
            (40, "0.9.0"), (16, "0.6.4"),
        ])
    func chosen(_ minor: Int, _ version: String) {
        let server = ServerVersion(major: 1, minor: minor, gitVersion: "v1.\(minor).0")
        #expect(MetricsServerRelease.chosen(for: server).version == version)
    }
}
