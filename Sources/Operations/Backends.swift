// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import KubernetesClient

/// The servers behind an APIService, spoken to as kube-apiserver's aggregator does.
public struct Backends: Sendable {
    /// One address that answers, or should.
    public struct Backend: Sendable, Hashable, CustomStringConvertible {
        public let host: String
        public let port: Int
        public var description: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }

    /// What a backend says to a caller.
    public enum Answer: Sendable, Equatable {
        case status(Int)
        /// It could not be asked from here.
        case unreachable(String)
    }

    public let backends: [Backend]
    private let serverName: String
    private let caBundle: [UInt8]?
    private let path: String

    /// The ready addresses behind an APIService.
    ///
    /// - Throws: `APIError` where it, its Service or its Endpoints cannot be read.
    public static func of(_ name: String, client: APIClient) async throws(APIError) -> Backends {
        let spec = try await client.get(ObjectReference(.apiServices, name: name))["spec"]
        let namespace = spec["service"]["namespace"].string ?? ""
        let serviceName = spec["service"]["name"].string ?? ""
        let wanted = spec["service"]["port"].int ?? 443
        let service = try await client.get(ObjectReference(.services, namespace: namespace, name: serviceName))
        let endpoints = try await client.get(ObjectReference(.endpoints, namespace: namespace, name: serviceName))
        let portName = service["spec"]["ports"].array?.first { $0["port"].int == wanted }?["name"].string
        let found = (endpoints["subsets"].array ?? []).flatMap { subset -> [Backend] in
            let ports = subset["ports"].array ?? []
            guard let port = (ports.first { $0["name"].string == portName } ?? ports.first)?["port"].int else {
                return []
            }
            return (subset["addresses"].array ?? []).compactMap { $0["ip"].string }
                .map { Backend(host: $0, port: Int(port)) }
        }
        let bundle = spec["caBundle"].string.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        return Backends(
            backends: found, serverName: "\(serviceName).\(namespace).svc",
            caBundle: spec["insecureSkipTLSVerify"].bool == true ? nil : bundle,
            path: "/apis/\(spec["group"].string ?? "")/\(spec["version"].string ?? "")")
    }

    /// Asks one backend for its discovery document with a client certificate, as the user that the headers name.
    ///
    /// - Parameters:
    ///   - certificate: as PEM.
    ///   - key: of that certificate, as PEM.
    public func ask(
        _ backend: Backend, certificate: [UInt8], key: String, user: String = "system:admin",
        groups: [String] = ["system:masters"]
    ) async -> Answer {
        do {
            let connection = try ClusterConnection.aggregator(
                host: backend.host, port: backend.port, serverName: serverName, caBundle: caBundle,
                certificate: certificate, key: key)
            let headers = [("X-Remote-User", user)] + groups.map { ("X-Remote-Group", $0) }
            return try await APIClient.with(connection) { client in
                .status(try await client.raw(.get, path, headers: headers).status)
            }
        } catch { return .unreachable("\(error)") }
    }
}
