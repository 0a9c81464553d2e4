// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Subprocess
internal import SystemPackage

/// A program that gives credentials (client.authentication.k8s.io), as the kubeconfig describes it.
///
/// It is somebody else's program: started without a shell and apart from the terminal, its output and its time bounded.
/// Nothing that it says is shown: that may be a token.
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
            (exec["env"].array ?? []).map { item in
                (item["name"].string ?? "", item["value"].string ?? "")
            }, uniquingKeysWith: { _, last in last })
        apiVersion = exec["apiVersion"].string ?? ""
        guard !apiVersion.isEmpty else {
            throw KubeconfigError("exec plugin \(command) in \(file) has no apiVersion", hint: Self.version)
        }
        guard environment[""] == nil else {
            throw KubeconfigError(
                "exec plugin \(command) in \(file) has an environment variable without a name",
                hint: "kubectl config view --kubeconfig \(file)")
        }
        // From v1 on it has no default (clientcmd/api/v1/defaults.go).
        let hasDefault = apiVersion.hasSuffix("alpha1") || apiVersion.hasSuffix("beta1")
        let mode = exec.text("interactiveMode") ?? (hasDefault ? "IfAvailable" : "")
        guard ["Never", "IfAvailable", "Always"].contains(mode) else {
            throw KubeconfigError(
                "exec plugin \(command) in \(file) has no interactiveMode that is Never, IfAvailable or Always",
                hint: "write interactiveMode: IfAvailable beside its command, in \(file)")
        }
        installHint = exec["installHint"].string?.singleLine
        providesClusterInfo = exec["provideClusterInfo"].bool ?? false
    }

    private static let version = "make its apiVersion client.authentication.k8s.io/v1, where the plugin speaks that"

    func checkVersion(file: String) throws(KubeconfigError) {
        let known = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
        guard known.contains(apiVersion) else {
            throw KubeconfigError(
                "the apiVersion of exec plugin \(command) in \(file) is neither v1 nor v1beta1 of "
                    + "client.authentication.k8s.io",
                hint: Self.version)
        }
    }

    func run(for connection: ClusterConnection) async throws(APIError) -> Result {
        let request = "credential plugin \(command)"
        func failure(_ reason: String) -> APIError {
            APIError(
                .credentials, request: request, reason: reason,
                hint: installHint ?? "\(command)   # run it by hand, with the args of the kubeconfig: what does it say?"
            )
        }
        var variables: [Environment.Key: String?] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        variables["KUBERNETES_EXEC_INFO"] = info(for: connection)
        let limit = Self.limit(connection)
        let output: String
        do {
            switch try await run(variables, within: limit) {
            case .output(let text): output = text
            case .ended(let status): throw failure("ended with \(status)")
            case .hangs: throw failure("did not end within \(limit.components.seconds) s (--request-timeout)")
            }
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
            throw failure("answered in another apiVersion than \(apiVersion), which it was asked for")
        }
        let status = answer["status"]
        let token = status["token"].string.flatMap { $0.isEmpty ? nil : Secret(value: $0) }
        var identity: ClientIdentity?
        guard (status.text("clientCertificateData") == nil) == (status.text("clientKeyData") == nil) else {
            throw failure("gave a certificate without its key, or a key without its certificate")
        }
        if let certificate = status.text("clientCertificateData"), let key = status.text("clientKeyData") {
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

    private enum Ending: Sendable {
        case output(String)
        case ended(String)
        case hangs
    }

    /// Where the user has set no limit.
    private static let longest = Duration.seconds(600)

    private static func limit(_ connection: ClusterConnection) -> Duration {
        let whole = RequestDeadline.current.map { $0 - ContinuousClock.now }
        return max(.seconds(1), min(connection.requestTimeout ?? longest, whole ?? longest, longest))
    }

    /// Apart from the terminal; what it has started ends with it.
    private static let isolation: PlatformOptions = {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .milliseconds(200))
        ]
        return options
    }()

    private func run(_ variables: [Environment.Key: String?], within limit: Duration) async throws -> Ending {
        let executable: Executable = command.contains("/") ? .path(FilePath(command)) : .name(command)
        return try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask {
                try await Task.sleep(for: limit)
                return .hangs
            }
            group.addTask {
                let result = try await Subprocess.run(
                    executable, arguments: Arguments(arguments), environment: .inherit.updating(variables),
                    platformOptions: Self.isolation, output: .string(limit: 1 << 20), error: .discarded)
                guard case .exited(0) = result.terminationStatus else { return .ended("\(result.terminationStatus)") }
                return .output(result.standardOutput)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .hangs
        }
    }

    private func info(for connection: ClusterConnection) -> String {
        var info: JSONValue = [
            "apiVersion": .string(apiVersion), "kind": "ExecCredential", "spec": ["interactive": false],
        ]
        if providesClusterInfo {
            var cluster: JSONValue = ["server": .string(connection.base.whole.value)]
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
