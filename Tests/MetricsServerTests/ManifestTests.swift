// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import MetricsServer
import Testing

@Suite struct ManifestTests {
    @Test("the objects equal upstream's, field for field", arguments: ["0.6.1", "0.7.2", "0.9.0"])
    func equalsUpstream(_ version: String) throws {
        let release = try #require(MetricsServerRelease.named(version))
        let ours = try MetricsServerManifest(MetricsServerOptions(release: release)).objects()
        let theirs = try JSONValue.documents(yaml: Fixture.text("v\(version).yaml"))
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

    @Test("each object is applied after what it refers to, the APIService last")
    func order() throws {
        let manifest = MetricsServerManifest(MetricsServerOptions(release: MetricsServerRelease.all[0]))
        #expect(
            try manifest.objects().map { ObjectReference($0)?.description } == [
                "serviceaccount/metrics-server",
                "clusterrole.rbac.authorization.k8s.io/system:aggregated-metrics-reader",
                "clusterrole.rbac.authorization.k8s.io/system:metrics-server",
                "rolebinding.rbac.authorization.k8s.io/metrics-server-auth-reader",
                "clusterrolebinding.rbac.authorization.k8s.io/metrics-server:system:auth-delegator",
                "clusterrolebinding.rbac.authorization.k8s.io/system:metrics-server",
                "service/metrics-server",
                "deployment.apps/metrics-server",
                "apiservice.apiregistration.k8s.io/v1beta1.metrics.k8s.io",
            ])
    }

    @Test("the YAML and the patch are what was recorded", arguments: MetricsServerRelease.all.map(\.version))
    func golden(_ version: String) throws {
        let release = try #require(MetricsServerRelease.named(version))
        let manifest = MetricsServerManifest(MetricsServerOptions(release: release, kubeletInsecureTLS: true))
        try Fixture.expectGolden(manifest.yaml(), "metrics-server-\(version)-insecure.yaml")
        try Fixture.expectGolden(manifest.patch() + "\n", "metrics-server-\(version)-insecure.patch.json")
    }

    @Test("a verified installation differs by the Secret's mount, the flags, and what the APIService trusts")
    func verified() throws {
        let release = try #require(MetricsServerRelease.named("0.8.1"))
        let usual = try MetricsServerManifest(MetricsServerOptions(release: release)).objects()
        let options = MetricsServerOptions(
            release: release, namespace: "monitoring", serving: .verified(caBundle: "CA\n"))
        let manifest = MetricsServerManifest(options)
        let objects = try manifest.objects()
        #expect(objects.map(\.name) == usual.map(\.name))
        let spec = try #require(objects.last?["spec"])
        #expect(spec["caBundle"] == "Q0EK")
        #expect(spec["insecureSkipTLSVerify"].bool == false)
        let pod = try #require(objects.first { $0["kind"] == "Deployment" })["spec"]["template"]["spec"]
        #expect(
            pod["volumes"] == [
                ["name": "tmp-dir", "emptyDir": [:]],
                ["name": "serving-cert", "secret": ["secretName": "metrics-server-serving-cert"]],
            ])
        let container = pod["containers"][0]
        #expect(
            container["volumeMounts"][1] == [
                "name": "serving-cert", "mountPath": "/run/serving-cert", "readOnly": true,
            ])
        let arguments = (container["args"].array ?? []).compactMap(\.string)
        #expect(
            arguments.prefix(3) == [
                "--tls-cert-file=/run/serving-cert/tls.crt", "--tls-private-key-file=/run/serving-cert/tls.key",
                "--secure-port=10250",
            ])
        #expect(!arguments.contains { $0.hasPrefix("--cert-dir") })
        // A patch that names the files brings them along.
        #expect(try manifest.patch().contains("\"secretName\":\"metrics-server-serving-cert\""))
    }

    @Test("where no CA is known, the APIService's own is left alone")
    func verifiedWithoutBundle() throws {
        let options = MetricsServerOptions(
            release: MetricsServerRelease.all[0], serving: .verified(caBundle: nil))
        let spec = try #require(try MetricsServerManifest(options).objects().last)["spec"]
        #expect(spec["caBundle"] == .null)
        #expect(spec["insecureSkipTLSVerify"].bool == false)
    }

    @Test("another namespace has everything but the binding on what kube-system publishes")
    func namespace() throws {
        let usual = MetricsServerOptions(release: try #require(MetricsServerRelease.named("0.8.1")))
        var moved = usual
        moved.namespace = "monitoring"
        let before = try MetricsServerManifest(usual).objects()
        let after = try MetricsServerManifest(moved).objects()
        let binding = try #require(after.first { $0["kind"].string == "RoleBinding" })
        #expect(binding["metadata"]["namespace"] == "kube-system")
        #expect(binding["subjects"][0]["namespace"] == "monitoring")
        // All that differs is the name, wherever it stands but in that binding's place.
        let asBefore = try after.map { object in
            let text = String(decoding: try object.serialized(), as: UTF8.self)
            return try JSONValue.parse(Array(text.replacing("\"monitoring\"", with: "\"kube-system\"").utf8))
        }
        #expect(asBefore == before)
        let places = after.flatMap { object in
            [
                object["metadata"]["namespace"], object["subjects"][0]["namespace"],
                object["spec"]["service"]["namespace"],
            ]
        }.compactMap(\.string)
        #expect(places.count { $0 == "monitoring" } == 7)
        #expect(places.count { $0 == "kube-system" } == 1)
    }

    @Test(
        "a name that no namespace can have is refused",
        arguments: ["", "Upper", "a b", "-a", "a-", "a.b", "ä", "a\n", String(repeating: "a", count: 64)])
    func invalidNamespace(_ name: String) throws {
        let options = MetricsServerOptions(release: MetricsServerRelease.all[0], namespace: name)
        let error = #expect(throws: NamespaceError.self) { try MetricsServerManifest(options).objects() }
        #expect(error?.name == name)
    }

    @Test("a release that is not in the table has no row", arguments: ["", "0.5.2", "v", "vv0.9.0", "0.9", "latest"])
    func unknownRelease(_ version: String) {
        #expect(MetricsServerRelease.named(version) == nil)
    }

    @Test("releases are tested from their first minor version on, and chosen where they are")
    func testedRange() {
        for minor in 19...45 {
            let server = ServerVersion(major: 1, minor: minor, gitVersion: "v1.\(minor).0")
            #expect(MetricsServerRelease.chosen(for: server).isTested(with: server), "1.\(minor)")
        }
        let old = ServerVersion(major: 1, minor: 20, gitVersion: "v1.20.2")
        #expect(MetricsServerRelease.all.filter { $0.isTested(with: old) }.map(\.version) == ["0.6.1", "0.6.4"])
    }
}
