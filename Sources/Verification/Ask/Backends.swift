// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import KubernetesClient

/// The servers behind an APIService, spoken to as kube-apiserver's aggregator does.
public struct Backends: Sendable {
    /// One address that answers, or should.
    public struct Backend: Sendable, Hashable, CustomStringConvertible {
        /// An IP address, as Endpoints have it.
        public let host: String
        /// The port that Endpoints name, which is the pod's own.
        public let port: Int
        public var description: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }

    /// Those that are ready, in the order of the Service's addresses.
    public let backends: [Backend]
    /// The Service's own address, which needs kube-proxy on this host; nil for a headless Service.
    public let clusterIP: Backend?
    private let serverName: String
    private let caBundle: [UInt8]?
    private let path: String

    /// The ready addresses behind an APIService.
    ///
    /// - Throws: `APIError` where it, its Service or its addresses cannot be read.
    public static func of(_ name: String, client: APIClient) async throws(APIError) -> Backends {
        let apiService = try await client.get(ObjectReference(.apiServices, name: name))
        let reference = apiService["spec"]["service"]
        let namespace = reference["namespace"].string ?? ""
        let serviceName = reference["name"].string ?? ""
        let service = try await client.get(ObjectReference(.services, namespace: namespace, name: serviceName))
        var addresses: [BackendAddresses.Address] = []
        // Both are read: which of them this server's aggregator reads depends on its version.
        if let slices = try? await client.list(
            .endpointSlices, namespace: namespace, labelSelector: "kubernetes.io/service-name=\(serviceName)")
        {
            addresses = BackendAddresses(slices: slices.items).ready
        }
        if addresses.isEmpty {
            addresses =
                BackendAddresses(
                    endpoints: try await client.get(
                        ObjectReference(.endpoints, namespace: namespace, name: serviceName))
                ).ready
        }
        return Backends(apiService: apiService, service: service, addresses: addresses)
    }

    /// The ready addresses, of what was read already; nil where that is not known.
    init?(_ evidence: Evidence) {
        guard let apiService = evidence[.apiService].object, let service = evidence[.service].object,
            let addresses = BackendAddresses(evidence)
        else { return nil }
        self.init(apiService: apiService, service: service, addresses: addresses.ready)
    }

    private init(apiService: JSONValue, service: JSONValue, addresses: [BackendAddresses.Address]) {
        let spec = apiService["spec"]
        let wanted = spec["service"]["port"].int ?? 443
        let portName = service["spec"]["ports"].array?.first { $0["port"].int == wanted }?["name"].string ?? ""
        backends = addresses.compactMap { address in
            (address.ports.first { $0.name == portName } ?? address.ports.first)
                .map { Backend(host: address.ip, port: $0.number) }
        }
        clusterIP = service["spec"]["clusterIP"].string.flatMap { host in
            ["", "None"].contains(host) || !(1...65535).contains(wanted) ? nil : Backend(host: host, port: Int(wanted))
        }
        serverName = "\(spec["service"]["name"].string ?? "").\(spec["service"]["namespace"].string ?? "").svc"
        let bundle = spec["caBundle"].string.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        caBundle = spec["insecureSkipTLSVerify"].bool == true ? nil : bundle
        path = "/apis/\(spec["group"].string ?? "")/\(spec["version"].string ?? "")"
    }

    /// Whether a backend serves with a certificate that `authority` signed, for the APIService's name.
    ///
    /// - Parameter authority: PEM.
    /// - Returns: nil where it cannot be reached from here, as pods from most places, or is no TLS server.
    public func serves(_ backend: Backend, trusting authority: String) async -> Bool? {
        do {
            let connection = try ClusterConnection.aggregator(
                host: backend.host, port: backend.port, serverName: serverName, caBundle: Array(authority.utf8),
                identity: nil)
            // What it answers does not matter: it comes after the handshake.
            _ = try await APIClient.with(connection) { client in try await client.raw(.get, "/livez") }
            return true
        } catch let error as APIError where error.kind == .tls { return false } catch { return nil }
    }

    /// What a backend serves with, whoever has signed it: nothing is sent but a request without credentials.
    ///
    /// - Returns: its certificates as DER; empty where it cannot be reached from here, or is no TLS server.
    public func certificates(of backend: Backend, timeout: Duration) async -> Set<[UInt8]> {
        let connection = try? ClusterConnection.aggregator(
            host: backend.host, port: backend.port, serverName: serverName, caBundle: nil, identity: nil,
            timeout: timeout)
        guard let connection else { return [] }
        let shown = try? await APIClient.with(connection) { client in
            // Whatever it answers, it has shown its certificate.
            _ = try? await client.raw(.get, "/livez")
            return client.serverCertificates
        }
        return shown ?? []
    }

    /// Asks one backend with a client certificate, as the user that the headers name.
    ///
    /// - Parameters:
    ///   - path: nil for the discovery document.
    ///   - groups: of the user, beside system:authenticated, which every authenticated caller is in.
    public func ask(
        _ backend: Backend, identity: FrontProxyIdentity, path: String? = nil, user: String = "system:admin",
        groups: [String] = ["system:masters"]
    ) async -> BackendAnswer {
        do {
            let connection = try ClusterConnection.aggregator(
                host: backend.host, port: backend.port, serverName: serverName, caBundle: caBundle, identity: identity)
            let headers =
                [("X-Remote-User", user)] + (groups + ["system:authenticated"]).map { ("X-Remote-Group", $0) }
            let answer = try await APIClient.with(connection) { client in
                try await client.raw(.get, path ?? self.path, headers: headers)
            }
            let text =
                (try? JSONValue.parse(answer.body))?["message"].string
                ?? (answer.status < 300 ? "" : String(decoding: answer.body.prefix(300), as: UTF8.self))
            return .status(
                answer.status,
                message: text.escapingControls.split(whereSeparator: \.isNewline).joined(separator: " "))
        } catch { return .unreachable(Self.failure(error), "\(error)") }
    }

    private static func failure(_ error: any Error) -> BackendAnswer.Failure {
        switch (error as? APIError)?.kind {
        case .tls: .untrusted
        case .refused: .refused
        case .noRoute: .noRoute
        case .timeout: .silent
        case .reset: .closed
        default: .other
        }
    }
}
