// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Subprocess
internal import SystemPackage

/// A program that gives credentials (client.authentication.k8s.io), as the kubeconfig describes it.
///
/// It is somebody else's program: started without a shell, its output bounded, its errors shown escaped.
struct ExecPlugin: Sendable, Equatable {
    let command: String
    let arguments: [String]
    let environment: [String: String]
    let apiVersion: String
    let installHint: String?
    let providesClusterInfo: Bool

    /// What the program gave.
    struct Result: Sendable {
        let token: Secret?
        let identity: ClientIdentity?
        let expiration: Date?
    }

    init(_ exec: JSONValue, folder: String, file: String) throws(KubeconfigError) {
        guard let command = exec["command"].string, !command.isEmpty else {
            throw KubeconfigError(
                "an exec plugin in \(file) has no command", hint: "kubectl config view --kubeconfig \(file)")
        }
        // A path with a slash belongs to the kubeconfig's folder; a bare name is looked up in PATH.
        self.command = command.contains("/") && !command.hasPrefix("/") ? folder + "/" + command : command
        arguments = (exec["args"].array ?? []).compactMap(\.string)
        environment = Dictionary(
            (exec["env"].array ?? []).compactMap { item in
                item["name"].string.map { ($0, item["value"].string ?? "") }
            }, uniquingKeysWith: { _, last in last })
        guard let version = exec["apiVersion"].string,
            ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"].contains(version)
        else {
            throw KubeconfigError(
                "exec plugin \(command) in \(file) speaks \(exec["apiVersion"].string ?? "no apiVersion"); "
                    + "v1 and v1beta1 of client.authentication.k8s.io are known",
                hint: "make its apiVersion client.authentication.k8s.io/v1, where the plugin speaks that")
        }
        apiVersion = version
        installHint = exec["installHint"].string?.escapingControls
        providesClusterInfo = exec["provideClusterInfo"].bool ?? false
    }

    func run(for connection: ClusterConnection) async throws(APIError) -> Result {
        let request = "credential plugin \(command)"
        func failure(_ reason: String) -> APIError {
            APIError(.credentials, request: request, reason: reason, hint: installHint)
        }
        var variables: [Environment.Key: String?] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        variables["KUBERNETES_EXEC_INFO"] = info(for: connection)
        let output: String
        do {
            let result = try await Subprocess.run(
                command.contains("/") ? .path(FilePath(command)) : .name(command),
                arguments: Arguments(arguments), environment: .inherit.updating(variables),
                output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
            guard case .exited(0) = result.terminationStatus else {
                throw failure("ended with \(result.terminationStatus): \(result.standardError)")
            }
            output = result.standardOutput
        } catch let error as APIError {
            throw error
        } catch is CancellationError {
            throw APIError(.cancelled, request: request, reason: "interrupted")
        } catch {
            throw failure("could not be run: \(error)")
        }
        guard let answer = try? JSONValue.parse(Array(output.utf8)), answer["kind"].string == "ExecCredential" else {
            throw failure("did not print an ExecCredential")
        }
        guard answer["apiVersion"].string == apiVersion else {
            throw failure("answered in \(answer["apiVersion"].string ?? "no apiVersion"), asked for \(apiVersion)")
        }
        let status = answer["status"]
        let token = status["token"].string.flatMap { $0.isEmpty ? nil : Secret(value: $0) }
        var identity: ClientIdentity?
        if let certificate = status["clientCertificateData"].string, let key = status["clientKeyData"].string {
            let source = ClientIdentity.Source(
                certificate: "the certificate of credential plugin \(command)",
                key: "the key of credential plugin \(command)",
                hint: installHint ?? "\(command)   # what does it print?")
            identity = ClientIdentity(certificate: Array(certificate.utf8), key: Secret(value: key), source: source)
        }
        guard token != nil || identity != nil else { throw failure("gave neither a token nor a certificate and key") }
        let expiration = status["expirationTimestamp"].string.flatMap { try? Date($0, strategy: .iso8601) }
        return Result(token: token, identity: identity, expiration: expiration)
    }

    private func info(for connection: ClusterConnection) -> String {
        var info: JSONValue = [
            "apiVersion": .string(apiVersion), "kind": "ExecCredential", "spec": ["interactive": false],
        ]
        if providesClusterInfo {
            var cluster: JSONValue = ["server": .string(connection.server)]
            switch connection.trust {
            case .authorities(let pem, _):
                cluster["certificate-authority-data"] = .string(Data(pem).base64EncodedString())
            case .unverified: cluster["insecure-skip-tls-verify"] = true
            case .system: break
            }
            if let name = connection.tlsServerName { cluster["tls-server-name"] = .string(name) }
            info["spec"] = ["interactive": false, "cluster": cluster]
        }
        return (try? info.serialized()).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
