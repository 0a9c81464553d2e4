// SPDX-License-Identifier: Apache-2.0

import KubeletCertificates
import KubernetesClient
import PKI
import Testing

/// Which names a kubelet's certificate may carry, as a table.
struct KubeletCertificateNameBoundsTests {
    static func node(_ name: String, _ addresses: [String]) -> KubeletNode {
        let listed = addresses.map { JSONValue.object(["type": "InternalIP", "address": .string($0)]) }
        return KubeletNode(["metadata": ["name": .string(name)], "status": ["addresses": .array(listed)]])
    }

    static let claimed = [
        "10.240.0.9", "fd00:7::9", "greedy", "Greedy.Nodes.Example", "10.240.0.1", "127.0.0.1", "::1", "localhost",
        "169.254.169.254", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.",
        "kubernetes.default.svc.cluster.local", "web.prod.svc", "web.prod", "10.32.0.10", "fd00:32::a", "api.example",
        "203.0.113.5", "10.240.0.7", "honest", "*.nodes.example", "nodes.example", "evilnodes.example", "192.0.2.9",
        "a\nb",
    ]
    static let nodes = [
        node("honest", ["10.240.0.7", "fd00:7::7", "honest"]), node("greedy", claimed),
        node("control", ["10.240.0.1", "control"]),
    ]
    static let reserved = ReservedNames(
        services: [
            ["metadata": ["namespace": "prod", "name": "web"], "spec": ["clusterIP": "10.32.0.10"]],
            [
                "metadata": ["namespace": "prod", "name": "six"],
                "spec": ["clusterIP": "fd00:32::a", "clusterIPs": ["fd00:32::a", "10.32.0.11"]],
            ],
            ["metadata": ["namespace": "prod", "name": "headless"], "spec": ["clusterIP": "None"]],
        ],
        endpoints: ["subsets": [["addresses": [["ip": "10.240.0.1"]], "notReadyAddresses": [["ip": "10.240.0.2"]]]]],
        server: "https://API.example:6443/", controlPlaneNodes: ["control"])
    static let bounds = KubeletCertificateNameBounds(
        allowedNetworks: ["10.0.0.0/8", "fd00::/8", "127.0.0.0/8", "169.254.0.0/16", "::1/128"].compactMap(
            IPNetwork.init),
        allowedSuffixes: ["nodes.EXAMPLE", ".svc", "cluster.local", "prod"], nodes: nodes, reserved: reserved)

    static let refusedNames: [(name: String, part: String)] = [
        ("10.240.0.1", "is an API server's address"), ("127.0.0.1", "is a loopback address"),
        ("::1", "is a loopback address"), ("localhost", "is the local host's name"),
        ("169.254.169.254", "is a link-local address"), ("kubernetes", "is the API server's name"),
        ("kubernetes.default", "is the API server's name"), ("kubernetes.default.svc", "is the API server's name"),
        ("KUBERNETES.default.svc", "is the API server's name"), ("kubernetes.default.svc.", "is no host's DNS name"),
        ("kubernetes.default.svc.cluster.local", "is the API server's name"),
        ("web.prod.svc", "is the name of"), ("web.prod", "is the short name of Service"),
        ("10.32.0.10", "is the ClusterIP of Service prod/web"), ("fd00:32::a", "is the ClusterIP of Service prod/six"),
        ("api.example", "is the name that the API server is called by"), ("203.0.113.5", "is outside --allow-cidr"),
        ("10.240.0.7", "belongs to Node honest too"), ("honest", "belongs to Node honest too"),
        ("*.nodes.example", "is no host's DNS name"), ("nodes.example", "is outside --allow-dns-suffix"),
        ("evilnodes.example", "is outside --allow-dns-suffix"), ("10.240.0.200", "is no address of Node greedy"),
        ("10.32.0.11", "is the ClusterIP of Service prod/six"), ("10.240.0.2", "is an API server's address"),
        ("other.nodes.example", "is no address of Node greedy"),
    ]

    @Test("a node may claim what it likes: this is refused", arguments: refusedNames)
    func refused(_ row: (name: String, part: String)) {
        let name = (try? SubjectAlternativeName.parse(row.name)) ?? .dns(row.name)
        let found = Self.bounds.objections(to: [name], of: Self.nodes[1])
        #expect(found.contains { $0.contains(row.part) }, "\(found)")
    }

    static let allowedNames: [(node: Int, name: String)] = [
        (1, "10.240.0.9"), (1, "FD00:7:0::9"), (1, "::ffff:10.240.0.9"), (1, "greedy"), (1, "GREEDY.nodes.example"),
        (2, "control"), (0, "fd00:7::7"),
    ]

    @Test("what is the Node's own and within the bounds is not refused", arguments: allowedNames)
    func allowed(_ row: (node: Int, name: String)) throws {
        let name = try SubjectAlternativeName.parse(row.name)
        #expect(Self.bounds.objections(to: [name], of: Self.nodes[row.node]).isEmpty)
    }

    @Test("where the operator says nothing, only the Node's own name passes")
    func nothingAllowed() throws {
        let bounds = KubeletCertificateNameBounds(
            allowedNetworks: [], allowedSuffixes: [], nodes: Self.nodes, reserved: Self.reserved)
        #expect(bounds.objections(to: [.dns("greedy")], of: Self.nodes[1]).isEmpty)
        #expect(
            bounds.objections(to: [.ip([10, 240, 0, 9]), .dns("greedy.nodes.example")], of: Self.nodes[1]) == [
                "10.240.0.9 is in no allowed network: say where Nodes are with --allow-cidr",
                "greedy.nodes.example is not the Node's own name: say under what domain Nodes are with "
                    + "--allow-dns-suffix",
            ])
        #expect(bounds.objections(to: [], of: Self.nodes[1]) == ["it names neither an address nor a DNS name"])
    }

    @Test("a Node's own name with a dot keeps to the domains that are allowed, also where there are none")
    func ownNameWithDot() {
        func found(_ name: String, _ suffixes: [String]) -> [String] {
            let node = Self.node(name, [name])
            return KubeletCertificateNameBounds(
                allowedNetworks: [], allowedSuffixes: suffixes, nodes: [node], reserved: Self.reserved
            ).objections(to: [.dns(name)], of: node)
        }
        let unbounded =
            "www.example.com is in no allowed domain: say under what domain Nodes are with --allow-dns-suffix"
        #expect(found("www.example.com", []) == [unbounded])
        #expect(found("plain", []).isEmpty)
        #expect(found("www.example.com", ["nodes.example"]) == ["www.example.com is outside --allow-dns-suffix"])
        #expect(found("a.nodes.example", ["nodes.example"]).isEmpty)
        #expect(found("plain", ["nodes.example"]).isEmpty)
    }

    @Test("an empty suffix and a lone dot allow nothing", arguments: ["", ".", ".."])
    func emptySuffix(_ suffix: String) {
        let bounds = KubeletCertificateNameBounds(
            allowedNetworks: [], allowedSuffixes: [suffix], nodes: Self.nodes, reserved: Self.reserved)
        #expect(!bounds.objections(to: [.dns("greedy.nodes.example")], of: Self.nodes[1]).isEmpty)
    }

    @Test("other kinds of names, and addresses of other lengths, are refused in one line")
    func otherKinds() {
        let found = Self.bounds.objections(
            to: [.other("mail\n@\u{1B}[2Jexample"), .ip([10, 0]), .dns("a\nb"), .dns("10.240.0.9")], of: Self.nodes[1])
        #expect(found.count == 4)
        #expect(found.allSatisfy { !$0.contains("\n") && !$0.contains("\u{1B}") })
    }

    @Test("a control plane's Node may carry its API server's address, and no other name of it")
    func controlPlane() {
        let node = Self.node("control", ["10.240.0.1", "kubernetes.default.svc", "api.example"])
        let bounds = KubeletCertificateNameBounds(
            allowedNetworks: [IPNetwork("10.0.0.0/8")].compactMap { $0 }, allowedSuffixes: ["svc", "example"],
            nodes: [node], reserved: Self.reserved)
        #expect(bounds.objections(to: [.ip([10, 240, 0, 1]), .dns("api.example")], of: node).isEmpty)
        #expect(!bounds.objections(to: [.dns("kubernetes.default.svc")], of: node).isEmpty)
    }

    static let networkTexts: [(text: String, canonical: String?)] = [
        ("10.240.0.7/24", "10.240.0.0/24"), ("10.0.0.5", "10.0.0.5/32"), ("0.0.0.0/0", "0.0.0.0/0"),
        ("fd00:7::9/64", "fd00:7::/64"), ("10.1.255.255/15", "10.0.0.0/15"), ("10.0.0.0/33", nil), ("10.0.0.0/", nil),
        ("10.0.0.0/-1", nil), ("10.0.0/8", nil), ("nodes.example/8", nil), ("fd00::/129", nil), ("", nil), ("/", nil),
        ("10.0.0.0/+8", nil), ("10.0.0.0/8/8", nil), ("10.0.0.0/99999999999999999999", nil),
    ]

    @Test("networks are read, or refused", arguments: networkTexts)
    func network(_ row: (text: String, canonical: String?)) {
        #expect(IPNetwork(row.text)?.description == row.canonical)
    }

    @Test("where every Node claims the same address, every Node is refused it")
    func everybodyClaimsOne() {
        let nodes = (0..<5000).map { Self.node("n\($0)", ["10.9.9.9", "10.8.\($0 / 250).\($0 % 250)"]) }
        let bounds = KubeletCertificateNameBounds(
            allowedNetworks: [IPNetwork("10.0.0.0/8")].compactMap { $0 }, allowedSuffixes: [], nodes: nodes,
            reserved: Self.reserved)
        for (index, node) in nodes.enumerated() {
            #expect(bounds.objections(to: [.ip([10, 9, 9, 9])], of: node).count == 1)
            #expect(
                bounds.objections(to: [.ip([10, 8, UInt8(index / 250), UInt8(index % 250)])], of: node).isEmpty)
        }
    }
}
