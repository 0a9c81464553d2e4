// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import PKI
import Testing

@testable import kbootstrap_lab

/// The verdicts are those that the upstream library gave for the same certificates (failure catalogue, proven rows).
@Suite struct AuthenticationTests {
    private struct Chain {
        let authority: Certificate
        let leaf: Certificate
    }

    private func chain(
        _ commonName: String, organizations: [String] = [], usages: [ExtendedKeyUsage] = [.clientAuth],
        authority name: String = "ca", days: Int = 1
    ) throws -> Chain {
        let authority = try CertificateAuthority.create(
            CertificateProfile(commonName: name, purpose: .authority, days: 2), key: try PrivateKey.generate(.ecdsaP256)
        )
        var profile = CertificateProfile(
            commonName: commonName, organizations: organizations, purpose: .leaf(usages), days: 1)
        if days < 0 { profile.notAfter = Date().addingTimeInterval(-60) }
        let leaf = try authority.issue(profile, for: try PrivateKey.generate(.ecdsaP256))
        return Chain(authority: authority.certificate, leaf: leaf)
    }

    private func trust(proxies: [Certificate], names: [String] = [], clients: [Certificate] = []) -> ClusterTrust {
        ClusterTrust(
            clientAuthorities: clients, proxyAuthorities: proxies, allowedNames: names,
            usernameHeaders: ["X-Remote-User"], groupHeaders: ["X-Remote-Group"],
            extraHeaderPrefixes: ["X-Remote-Extra-"])
    }

    private func request(_ certificates: [Certificate], _ headers: HTTPHeaders = [:]) -> ServedRequest {
        ServedRequest(
            head: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/apis", headers: headers),
            certificates: certificates)
    }

    private func refusal(_ body: () throws -> Caller?) -> String? {
        do {
            _ = try body()
            return nil
        } catch { return (error as? AuthenticationRefusal)?.reason }
    }

    @Test func believesTheHeadersOfAnAllowedProxy() throws {
        let proxy = try chain("front-proxy-ca")
        let caller = try RequestHeaderAuthentication(
            trust: trust(proxies: [proxy.authority], names: ["front-proxy-ca"])
        )
        .caller(
            of: request(
                [proxy.leaf],
                [
                    "x-remote-user": "alice", "X-Remote-Group": "dev", "x-remote-group": "ops",
                    "X-Remote-Extra-Scopes%2fa": "one",
                ]))
        #expect(caller == Caller(name: "alice", groups: ["dev", "ops"], extra: ["scopes/a": ["one"]]))
    }

    @Test func anyNameWillDoWhenNoneIsListed() throws {
        let proxy = try chain("whoever")
        let caller = try RequestHeaderAuthentication(trust: trust(proxies: [proxy.authority]))
            .caller(of: request([proxy.leaf], ["X-Remote-User": "alice"]))
        #expect(caller?.name == "alice")
    }

    @Test func headersWithoutACertificateAreNothing() throws {
        let proxy = try chain("front-proxy-ca")
        let caller = try RequestHeaderAuthentication(trust: trust(proxies: [proxy.authority]))
            .caller(of: request([], ["X-Remote-User": "system:admin"]))
        #expect(caller == nil)
    }

    @Test func refusesTheWrongAuthorityNameUseAndTime() throws {
        let proxy = try chain("front-proxy-ca")
        let other = try chain("front-proxy-ca", authority: "other")
        let impostor = try chain("front-proxy-ca")
        let server = try chain("front-proxy-ca", usages: [.serverAuth])
        let expired = try chain("front-proxy-ca", days: -1)
        let headers: HTTPHeaders = ["X-Remote-User": "alice"]
        func judged(_ shown: Chain, by authority: Certificate, names: [String] = []) -> String? {
            refusal {
                try RequestHeaderAuthentication(trust: trust(proxies: [authority], names: names))
                    .caller(of: request([shown.leaf], headers))
            }
        }
        #expect(judged(other, by: proxy.authority) == "x509: certificate signed by unknown authority")
        #expect(
            judged(impostor, by: proxy.authority)
                == "x509: certificate signed by unknown authority (possibly because of "
                + #""x509: ECDSA verification failure" while trying to verify candidate authority certificate "ca")"#)
        #expect(
            judged(proxy, by: proxy.authority, names: ["somebody-else"])
                == "x509: subject with cn=front-proxy-ca is not in the allowed list")
        #expect(
            judged(server, by: server.authority) == "x509: certificate specifies an incompatible key usage")
        let late = try #require(judged(expired, by: expired.authority))
        #expect(late.hasPrefix("x509: certificate has expired or is not yet valid: current time "))
        #expect(late.contains(" is after "))
    }

    @Test func aClientCertificateIsItsOwnWord() throws {
        let client = try chain("viewer", organizations: ["dev", "ops"])
        let authentication = ClientCertificateAuthentication(trust: trust(proxies: [], clients: [client.authority]))
        #expect(
            try authentication.caller(of: request([client.leaf])) == Caller(name: "viewer", groups: ["dev", "ops"]))
        let stranger = try chain("viewer", authority: "other")
        let reason = try #require(refusal { try authentication.caller(of: request([stranger.leaf])) })
        #expect(reason.hasPrefix("verifying certificate SN="))
        #expect(reason.hasSuffix(" failed: x509: certificate signed by unknown authority"))
        #expect(stranger.leaf.identifierInGo.hasPrefix("SN=\(stranger.leaf.serial.decimalFromHexadecimal), SKID="))
    }

    /// The first is a certificate's serial number as the upstream sample-apiserver logged it.
    @Test(
        arguments: [
            ("153205695BF1C52727B243E90BE401F35AB92CF9", "121004314860520436561954624325752673475730418937"),
            ("00", "0"), ("FF", "255"),
        ])
    func serialNumbersAreDecimal(hexadecimal: String, decimal: String) {
        #expect(hexadecimal.decimalFromHexadecimal == decimal)
    }

    @Test func severalRefusalsAreOneList() {
        let both = AuthenticationRefusal.aggregate([
            AuthenticationRefusal(reason: "a"), AuthenticationRefusal(reason: "b"), AuthenticationRefusal(reason: "a"),
        ])
        #expect(both.reason == "[a, b]")
        #expect(AuthenticationRefusal.aggregate([AuthenticationRefusal(reason: "a")]).reason == "a")
    }

    @Test(
        arguments: [
            ("/apis/metrics.k8s.io/v1beta1", #"User "u" cannot get path "/apis/metrics.k8s.io/v1beta1""#),
            (
                "/apis/metrics.k8s.io/v1beta1/nodes",
                #"User "u" cannot list resource "nodes" in API group "metrics.k8s.io" at the cluster scope"#
            ),
            (
                "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/web?x=1",
                #"User "u" cannot get resource "pods" in API group "metrics.k8s.io" in the namespace "default""#
            ),
        ])
    func refusalsNameWhatWasAsked(uri: String, sentence: String) {
        let asked = ServedRequest(head: HTTPRequestHead(version: .http1_1, method: .GET, uri: uri))
        #expect(RequestAttributes(asked).refusal(of: Caller(name: "u")) == sentence)
    }
}
