// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import KubernetesClient

/// What a kubeconfig comes to, without a server. Beside kubectl it is read in kubeconfig-oracle.session.
@Suite struct KubeconfigTests {
    private func resolve(user: String = "{}", context: String = "") throws -> ClusterConnection {
        let file = FileManager.default.temporaryDirectory.appending(path: "kubeconfig-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try """
        {kind: Config, current-context: a, contexts: [{name: a, context: {cluster: c, user: u\(context)}}],
         clusters: [{name: c, cluster: {server: "https://10.0.0.1"}}], users: [{name: u, user: \(user)}]}
        """.write(to: file, atomically: true, encoding: .utf8)
        return try ClusterConnection.resolve(ClusterOptions(kubeconfig: file.path), environment: [:])
    }

    @Test(arguments: [("", "default"), (", namespace: ''", "default"), (", namespace: x", "x")])
    func namespaces(_ context: String, _ expected: String) throws {
        #expect(try resolve(context: context).namespace == expected)
    }

    @Test(
        "a value of another kind is refused by its field's name",
        arguments: [
            ("{token: 12345}", "users['u'].user.token", "a number, where a text"),
            ("{token: yes}", "users['u'].user.token", "true or false, where a text"),
            ("{as-groups: [a, 5]}", "users['u'].user.as-groups[1]", "a number, where a text"),
            ("{exec: {provideClusterInfo: 'x'}}", "users['u'].user.exec.provideClusterInfo", "a text, where true"),
            ("{exec: {env: [{name: V, value: 5}]}}", "users['u'].user.exec.env['V'].value", "a number, where a text"),
            ("x", "users['u'].user", "a text, where a mapping"),
        ])
    func kinds(_ user: String, _ field: String, _ cause: String) throws {
        let error = #expect(throws: KubeconfigError.self) { try resolve(user: user) }
        #expect(error?.description.hasPrefix(field + " in ") == true, "\(String(describing: error))")
        #expect(error?.description.contains(cause) == true && error?.hint != nil, "\(String(describing: error))")
    }

    private static let claims = "eyJleHAiOjQxMDI0NDQ4MDB9"

    private static let oidc =
        "auth-provider: {name: oidc, config: {id-token: e30.\(claims).c2ln, client-id: k, idp-issuer-url: 'https://i'}}"
    private static let exec =
        "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Never}"

    @Test(
        "which of several credentials counts",
        arguments: [
            ("{token: t, \(exec)}", "token"), ("{token: t, \(oidc)}", "token"), ("{username: name, \(exec)}", "basic"),
            ("{\(oidc)}", "token"), ("{\(exec)}", "plugin"), ("{tokenFile: f, token: t}", "tokenFile"),
            ("{password: p}", "none"), ("{client-key-data: QQ==}", "none"), ("{tokenFile: '', token: ''}", "none"),
        ])
    func credentials(_ user: String, _ expected: String) throws {
        let credential = try resolve(user: user).credential
        #expect("\(credential)".split(separator: "(").first.map(String.init) == expected)
    }

    @Test(
        "what kubectl refuses is refused",
        arguments: [
            ("{token: t, username: name}", "a token and a name or password"),
            ("{token: t, password: p}", "a token and a name"),
            ("{\(oidc), \(exec)}", "one excludes the other"), ("{auth-provider: {name: gcp}}", "auth-provider gcp"),
            ("{auth-provider: {name: oidc}}", "without idp-issuer-url"),
            (
                "{auth-provider: {name: oidc, config: {id-token: e30.eyJleHAiOjF9.c2ln, client-id: k, idp-issuer-url: i}}}",
                "has expired"
            ),
            (
                "{auth-provider: {name: oidc, config: {id-token: s3cret, client-id: k, idp-issuer-url: i}}}",
                "no JSON web token"
            ),
            ("{exec: {apiVersion: client.authentication.k8s.io/v1, command: x}}", "has no interactiveMode"),
            ("{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}", "neither v1 nor v1beta1"),
            ("{as-uid: u}", "no user"), ("{as-user-extra: {a: [b]}}", "no user"),
            ("{client-certificate-data: QQ==}", "without its key"),
            ("{client-certificate-data: '<base64>'}", "is not base64"),
            ("{client-certificate: f, client-certificate-data: QQ==}", "one excludes the other"),
        ])
    func refusals(_ user: String, _ cause: String) {
        let error = #expect(throws: KubeconfigError.self) { try resolve(user: user) }
        let text = error?.description ?? ""
        #expect(text.contains(cause) && !text.contains("s3cret"), "\(text)")
    }

    @Test(
        "base64 is as strict as Go's",
        arguments: ["<base64>", "Q Q=", "QQ", "QQ=", "QQ==x", "-_==", "Q=Q=", "QQ==QQ=="])
    func base64(_ text: String) { #expect(StrictBase64.bytes(text) == nil) }

    @Test("line ends may stand in base64", arguments: ["QQ==", "QQ\n==\n", "Q\r\nQ=="])
    func base64WithLineEnds(_ text: String) { #expect(StrictBase64.bytes(text) == [65]) }

    @Test("impersonation has uid, groups and extra values")
    func impersonation() throws {
        let user = "{as: jane, as-uid: u1, as-groups: [g], as-user-extra: {scopes: [view, edit], 'a b%c/D': [x]}}"
        let headers = try resolve(user: user).impersonation.headers.map { "\($0.name): \($0.value)" }
        #expect(
            headers == [
                "Impersonate-User: jane", "Impersonate-Uid: u1", "Impersonate-Group: g",
                "Impersonate-Extra-a%20b%25c%2FD: x", "Impersonate-Extra-scopes: view",
                "Impersonate-Extra-scopes: edit",
            ])
    }
}
