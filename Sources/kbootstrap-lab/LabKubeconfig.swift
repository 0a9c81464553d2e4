// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// The lab's kubeconfig files, with everything inside them.
struct LabKubeconfig {
    let certificates: String
    let server: String
    /// The file of the CA that signed the server's certificate.
    var authority = "ca.pem"
    /// The name that the server's certificate is for, where that is not its address.
    var serverName: String?

    /// One context a user; the first is the current one. `users` are pairs of context name and certificate file.
    func write(_ users: [(context: String, certificate: String)], to path: String) throws {
        func data(_ file: String) throws -> JSONValue {
            .string(try Data(contentsOf: URL(filePath: "\(certificates)/\(file)")).base64EncodedString())
        }
        var cluster: JSONValue = [
            "server": .string(server), "certificate-authority-data": try data(authority),
        ]
        if let serverName { cluster["tls-server-name"] = .string(serverName) }
        let config: JSONValue = [
            "apiVersion": "v1", "kind": "Config", "current-context": .string(users[0].context),
            "clusters": [["name": "lab", "cluster": cluster]],
            "contexts": .array(
                users.map { user in
                    [
                        "name": .string(user.context),
                        "context": ["cluster": "lab", "user": .string(user.context)],
                    ]
                }),
            "users": .array(
                try users.map { user in
                    [
                        "name": .string(user.context),
                        "user": [
                            "client-certificate-data": try data("\(user.certificate).pem"),
                            "client-key-data": try data("\(user.certificate)-key.pem"),
                        ],
                    ]
                }),
        ]
        // JSON is YAML.
        try Data(try config.serialized(pretty: true)).write(to: URL(filePath: path))
    }
}
