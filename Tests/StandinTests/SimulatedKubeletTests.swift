// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import NIOHTTP1
import PKI
import Testing

@testable import kbootstrap_lab

/// Who a simulated kubelet takes a caller for, and where it listens.
@Suite struct SimulatedKubeletTests {
    private func chain(_ usages: [ExtendedKeyUsage] = [.clientAuth]) throws -> (
        authority: Certificate, leaf: Certificate
    ) {
        let authority = try CertificateAuthority.create(
            CertificateProfile(commonName: "ca", purpose: .authority, days: 2), key: try PrivateKey.generate(.ecdsaP256)
        )
        let profile = CertificateProfile(
            commonName: "viewer", organizations: ["dev", "ops"], purpose: .leaf(usages), days: 1)
        let leaf = try authority.issue(profile, for: try PrivateKey.generate(.ecdsaP256))
        return (authority.certificate, leaf)
    }

    private func request(_ certificates: [Certificate]) -> ServedRequest {
        ServedRequest(
            head: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/metrics/resource"), certificates: certificates
        )
    }

    @Test func aClientCertificateIsItsOwnWord() throws {
        let (authority, leaf) = try chain()
        let known = ClientCertificateAuthentication(authorities: [authority])
        #expect(known.caller(of: request([leaf])) == Caller(name: "viewer", groups: ["dev", "ops"]))
        #expect(known.caller(of: request([])) == nil)
        #expect(known.caller(of: request([try chain().leaf])) == nil)
        let server = try chain([.serverAuth])
        #expect(
            ClientCertificateAuthentication(authorities: [server.authority]).caller(of: request([server.leaf])) == nil)
    }

    @Test(
        arguments: [
            (["addresses": [["type": "InternalIP", "address": "10.0.0.1"]]], 10250),
            (
                [
                    "addresses": [["type": "InternalIP", "address": "10.0.0.1"]],
                    "daemonEndpoints": ["kubeletEndpoint": ["Port": 10255]],
                ], 10255
            ),
            (["addresses": [["type": "Hostname", "address": "a"]]], nil), (.null, nil),
        ] as [(JSONValue, Int?)])
    func listensWhereItsNodeSays(status: JSONValue, port: Int?) {
        let place = SimulatedNodeAddress(["metadata": ["name": "a"], "status": status])
        #expect(place?.port == port)
        #expect(place?.address == port.map { _ in "10.0.0.1" })
    }
}
