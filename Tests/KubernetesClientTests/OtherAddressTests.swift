// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KubernetesClient

/// One API server's own address, and the metrics that are read there.
@Suite struct OtherAddressTests {
    private static let source = ServerTrust.Source(name: "test", hint: "none")

    private func connection(
        _ server: String, name: String? = nil, trust: ServerTrust = .authorities([], source: Self.source),
        proxy: String? = nil
    ) throws -> ClusterConnection {
        ClusterConnection(
            contextName: nil, userName: nil, namespace: "default", warnings: [],
            base: try ClusterConnection.url(server), trust: trust, tlsServerName: name,
            proxy: try proxy.map { try Self.route($0) }, identity: nil,
            credential: .token(Secret(value: "t")), impersonation: Impersonation(user: "jane", groups: ["g"]),
            requestTimeout: nil)
    }

    private static func route(_ url: String) throws -> ProxyRoute {
        let cluster = Kubeconfig.Entry(kind: "cluster", name: "c", value: .null, folder: "/", file: "f")
        return try ProxyRoute(url, of: cluster)
    }

    private func dialled(_ connection: ClusterConnection, _ host: String) throws -> ClusterConnection {
        try connection.dialling(
            host: host, port: 6443, timeout: .seconds(5), connectTimeout: .seconds(2))
    }

    @Test(
        "the certificate must be for the kubeconfig's name",
        arguments: [
            ("https://api.example:6443", nil, "10.0.0.2", "api.example"),
            ("https://10.0.0.1:6443", "kubernetes", "10.0.0.2", "kubernetes"),
            ("https://10.0.0.1:6443", nil, "10.0.0.1", nil),
            ("https://[fd00::1]:6443", nil, "fd00::1", nil),
            ("https://[fd00::1]:6443", "kubernetes", "fd00::2", "kubernetes"),
        ] as [(String, String?, String, String?)])
    func name(_ server: String, _ given: String?, _ host: String, _ expected: String?) throws {
        let own = try connection(server, name: given)
        let other = try dialled(own, host)
        #expect(other.tlsServerName == expected)
        #expect(other.trust == own.trust)
        #expect(other.credential == own.credential)
        #expect(other.impersonation == Impersonation(user: "jane", groups: ["g"]))
        #expect(other.server == "https://\(host.contains(":") ? "[\(host)]" : host):6443")
    }

    @Test("a pod knows a name that every API server has, and needs it for the others only")
    func inCluster() throws {
        var own = try connection("https://10.32.0.1:443")
        own.commonServerName = "kubernetes.default.svc"
        #expect(try dialled(own, "10.0.0.2").tlsServerName == "kubernetes.default.svc")
        #expect(try dialled(own, "10.32.0.1").tlsServerName == nil)
        own = try connection("https://10.32.0.1:443", name: "api.example")
        own.commonServerName = "kubernetes.default.svc"
        #expect(try dialled(own, "10.0.0.2").tlsServerName == "api.example")
    }

    @Test(
        "nothing is sent where the server could not be verified",
        arguments: [
            ("https://10.0.0.1:6443", nil, false, nil), ("https://[fd00::1]:6443", nil, false, nil),
            ("https://10.0.0.1:6443", "10.0.0.1", false, nil),
            ("https://api.example:6443", nil, true, nil), ("http://api.example:8080", nil, false, nil),
            ("https://api.example/k8s/clusters/c-1", nil, false, nil),
            ("https://api.example:6443", nil, false, "http://proxy:3128"),
        ] as [(String, String?, Bool, String?)])
    func refused(_ server: String, _ name: String?, _ isUnverified: Bool, _ proxy: String?) throws {
        let own = try connection(
            server, name: name, trust: isUnverified ? .unverified : .authorities([], source: Self.source), proxy: proxy)
        #expect(throws: KubeconfigError.self) { try dialled(own, "10.0.0.2") }
    }

    @Test(
        "a sample is known by its name and label",
        arguments: [
            (#"up_to{name="v1beta1.metrics.k8s.io"} 1"#, 1.0),
            (#"up_to{a="b",name="v1beta1.metrics.k8s.io"} 0 1700"#, 0.0),
            (#"up_to{name="v1beta1.metrics.k8s.io.more"} 1"#, nil), (#"up_to{other="v1beta1.metrics.k8s.io"} 1"#, nil),
            (#"up_to_count{name="v1beta1.metrics.k8s.io"} 1"#, nil), (#"up_to 1"#, nil), (#"up_to{"#, nil), ("", nil),
            (#"up_to{name="v1beta1.metrics.k8s.io"} ?"#, nil),
        ] as [(String, Double?)])
    func sample(_ line: String, _ expected: Double?) {
        let sample = MetricSample(name: "up_to", label: ("name", "v1beta1.metrics.k8s.io"))
        #expect(sample.value(in: Array(line.utf8)) == expected)
    }
}
