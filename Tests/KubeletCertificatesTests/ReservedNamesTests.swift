// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import PKI
import Testing

@testable import KubeletCertificates

/// What API servers' certificates and the operator reserve, which no object of the API tells.
struct ReservedNamesTests {
    private static let claimed = [
        "10.240.0.100", "203.0.113.9", "api.example", "a.lb.example", "b.a.lb.example", "lb.example", "vip.example",
        "10.240.0.9",
    ]
    private static let node = KubeletCertificateNameBoundsTests.node("greedy", claimed)

    private static func found(
        _ text: String, serverNames: [SubjectAlternativeName]? = [], controlPlaneNodes: Set<String> = [],
        reserved: [SubjectAlternativeName] = []
    ) throws -> [String] {
        KubeletCertificateNameBounds(
            allowedNetworks: ["0.0.0.0/0"].compactMap(IPNetwork.init), allowedSuffixes: ["example"], nodes: [node],
            reserved: ReservedNames(
                services: [], endpoints: [:], server: "https://10.32.0.1", serverNames: serverNames,
                controlPlaneNodes: controlPlaneNodes, reserved: reserved)
        ).objections(to: [try SubjectAlternativeName.parse(text)], of: node)
    }

    private static let inCertificate: [SubjectAlternativeName] = [
        .ip([10, 240, 0, 100]), .ip([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 203, 0, 113, 9]), .dns("API.example."),
        .dns("*.lb.example"), .other("spiffe://x"),
    ]

    @Test(
        "a proxy's certificate is not taken for an API server's own",
        arguments: [
            (["rancher.example", "10.0.0.1"], false), (["kubernetes", "10.0.0.1"], true),
            (["Kubernetes.default.svc.cluster.local"], true), (["kubernetes.example", "kubernetes-lb"], false),
            ([], false),
        ])
    func proxies(_ names: [String], _ isOwn: Bool) throws {
        #expect(APIServerCertificates.isAPIServers(try names.map(SubjectAlternativeName.parse)) == isOwn)
    }

    @Test(
        "what an API server's certificate names is refused, whatever is allowed",
        arguments: [
            ("10.240.0.100", "is an API server's address"), ("203.0.113.9", "is an API server's address"),
            ("api.example", "is in an API server's certificate"), ("A.lb.example", "is in an API server's certificate"),
        ])
    func named(_ name: String, _ part: String) throws {
        let found = try Self.found(name, serverNames: Self.inCertificate)
        #expect(found.count == 1 && found[0].contains(part), "\(found)")
        #expect(found[0].contains("--control-plane-node greedy"))
        #expect(try Self.found(name, serverNames: Self.inCertificate, controlPlaneNodes: ["greedy"]).isEmpty)
        #expect(try Self.found(name).isEmpty)
    }

    private static let services: [JSONValue] = [
        [
            "metadata": ["name": "web", "namespace": "prod"],
            "spec": [
                "clusterIPs": ["10.96.0.7", "fd00:96::7"], "externalIPs": ["10.0.0.200"],
                "loadBalancerIP": "10.0.0.201",
            ],
            "status": ["loadBalancer": ["ingress": [["ip": "10.0.0.202"], ["hostname": "lb.example"]]]],
        ],
        ["metadata": ["name": "vault", "namespace": "prod"], "spec": ["clusterIP": "None"]],
        [
            "metadata": ["name": "db", "namespace": "prod"],
            "spec": ["type": "ExternalName", "externalName": "db.example"],
        ],
    ]

    @Test(
        "every address and name by which a Service is found is refused",
        arguments: [
            "10.96.0.7", "fd00:96::7", "10.0.0.200", "10.0.0.201", "10.0.0.202", "lb.example", "vault", "web",
            "VAULT.prod",
            "db.example",
        ])
    func services(_ name: String) throws {
        let node = KubeletCertificateNameBoundsTests.node(name, [name])
        func found(_ networks: [String]) throws -> [String] {
            KubeletCertificateNameBounds(
                allowedNetworks: networks.compactMap(IPNetwork.init), allowedSuffixes: ["example", "prod"],
                nodes: [node],
                reserved: ReservedNames(services: Self.services.map(ServiceNames.kept), endpoints: [:], server: nil)
            ).objections(to: [try SubjectAlternativeName.parse(name)], of: node)
        }
        let refused = try found(["0.0.0.0/0", "::/0"])
        #expect(refused.count == 1 && refused[0].contains("Service prod/"), "\(refused)")
        // Where Services are reached at Nodes, the operator can say of an address that it is a Node's.
        let isOuter = name.hasPrefix("10.0.0.")
        #expect(try found(["0.0.0.0/0", "::/0", "\(name)/32"]).isEmpty == isOuter)
    }

    @Test("what it does not name is not", arguments: ["10.240.0.9", "b.a.lb.example", "lb.example", "vip.example"])
    func other(_ name: String) throws {
        #expect(try Self.found(name, serverNames: Self.inCertificate).isEmpty)
    }

    @Test("what the operator reserves is refused of every Node", arguments: ["10.240.0.100", "vip.example"])
    func reserved(_ name: String) throws {
        let found = try Self.found(
            name, controlPlaneNodes: ["greedy"], reserved: [.dns("VIP.example"), .ip([10, 240, 0, 100])])
        #expect(found == ["\(name) is reserved by --reserve"])
    }

    @Test("where no API server's certificate is known, nothing passes until the operator says what is reserved")
    func unknown() throws {
        let found = try Self.found("10.240.0.9", serverNames: nil)
        #expect(found.count == 1 && found[0].contains("cannot be seen") && found[0].contains("--reserve"), "\(found)")
        #expect(try Self.found("10.240.0.9", serverNames: nil, reserved: [.dns("vip.example")]).isEmpty)
    }
}
