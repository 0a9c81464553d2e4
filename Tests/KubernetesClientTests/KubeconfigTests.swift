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
            ("{exec: {env: [{name: N, value: 5}]}}", "users['u'].user.exec.env['N'].value", "a number, where a text"),
            ("x", "users['u'].user", "a text, where a mapping"),
        ])
    func kinds(_ user: String, _ field: String, _ cause: String) throws {
        let error = #expect(throws: KubeconfigError.self) { try resolve(user: user) }
        #expect(error?.description.hasPrefix(field + " in ") == true, "\(String(describing: error))")
        #expect(error?.description.contains(cause) == true && error?.hint != nil, "\(String(describing: error))")
    }
}
