// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import NIOCore
import NIOHTTP1
import Synchronization

@testable import Operations
@testable import kbootstrap_lab

/// As much of an API server as keeps objects by their paths, with each write on record.
final class ObjectServer: Sendable {
    /// By path: what is kept, or the status that every write meets.
    enum Kept { case object(JSONValue), refusal(Int) }

    struct State {
        var kept: [String: Kept]
        var writes: [String] = []
        var version = 100
    }

    private let state: Mutex<State>

    init(_ kept: [String: Kept] = [:]) { state = Mutex(State(kept: kept)) }

    /// `METHOD NAME`, in their order.
    var writes: [String] { state.withLock { $0.writes } }

    func object(_ path: String) -> JSONValue? {
        state.withLock { if case .object(let object)? = $0.kept[path] { object } else { nil } }
    }

    func keep(_ path: String, _ object: JSONValue) { state.withLock { $0.kept[path] = .object(object) } }

    /// Runs `body` with a client of this server.
    func with<R: Sendable>(_ body: @escaping @Sendable (APIClient) async throws -> R) async throws -> R {
        let certificate = try MintedServingCertificate.make(namespace: "kube-system", days: 1)
        return try await serving(certificate, { self.answer($0) }) { port in
            let connection = try ClusterConnection.aggregator(
                host: "127.0.0.1", port: port, serverName: "metrics-server.kube-system.svc",
                caBundle: Array(certificate.authority.utf8), identity: nil)
            return try await APIClient.with(connection, body)
        }
    }

    private func answer(_ request: ServedRequest) -> ServedResponse {
        state.withLock { state in
            if request.head.method == .GET {
                guard case .object(let object)? = state.kept[request.path] else { return Self.status(.notFound) }
                return Self.json(object)
            }
            state.writes.append("\(request.head.method) \(request.path.split(separator: "/").last ?? "")")
            if case .refusal(let code)? = state.kept[request.path] {
                return Self.status(HTTPResponseStatus(statusCode: code))
            }
            // A review has its answer kept at its collection's path.
            if request.head.method == .POST, case .object(let object)? = state.kept[request.path] {
                return Self.json(object)
            }
            var object = (try? JSONValue.parse(Array(request.body.readableBytesView))) ?? .null
            if case .object(let live)? = state.kept[request.path],
                let read = object["metadata"]["resourceVersion"].string,
                read != live["metadata"]["resourceVersion"].string
            {
                return Self.status(.conflict)
            }
            state.version += 1
            object["metadata"]["resourceVersion"] = .string("\(state.version)")
            state.kept[request.path] = .object(object)
            return Self.json(object)
        }
    }

    private static func json(_ object: JSONValue) -> ServedResponse {
        .json(ByteBuffer(bytes: (try? object.serialized()) ?? []))
    }

    private static func status(_ status: HTTPResponseStatus) -> ServedResponse {
        let object: JSONValue = [
            "kind": "Status", "status": "Failure", "message": .string(status.reasonPhrase),
            "code": .int(Int64(status.code)),
        ]
        return .json(ByteBuffer(bytes: (try? object.serialized()) ?? []), status: status)
    }
}

/// Runs `body` beside a TLS server on a free port of 127.0.0.1 that shows `certificate`.
func serving<R: Sendable>(
    _ certificate: MintedServingCertificate, _ handler: @escaping HTTPSServer.Handler,
    _ body: @escaping @Sendable (Int) async throws -> R
) async throws -> R {
    let identity = ServingIdentity(
        certificatePEM: Array(certificate.text("tls.crt").utf8), keyPEM: Array(certificate.text("tls.key").utf8))
    let server = try HTTPSServer(host: "127.0.0.1", port: 0, identity: identity, log: KlogLine { _ in })
    let (ports, found) = AsyncStream.makeStream(of: Int.self)
    return try await withThrowingTaskGroup(of: R?.self) { group in
        group.addTask {
            try await server.run(listening: { found.yield($0) }, handler)
            return nil
        }
        group.addTask {
            for await port in ports { return try await body(port) }
            return nil
        }
        defer { group.cancelAll() }
        while let result = try await group.next() { if let result { return result } }
        throw CancellationError()
    }
}

extension MintedServingCertificate {
    /// A file of the Secret.
    func text(_ key: String) -> String {
        String(decoding: Data(base64Encoded: secretData[key].string ?? "") ?? Data(), as: UTF8.self)
    }

    /// The Secret as kbootstrap applies it.
    func secret(_ namespace: String = "kube-system") -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Secret",
            "metadata": [
                "name": "metrics-server-serving-cert", "namespace": .string(namespace), "resourceVersion": "7",
                "labels": ["k8s-app": "metrics-server"], "managedFields": [["manager": "kbootstrap"]],
            ],
            "type": "kubernetes.io/tls", "data": secretData,
        ]
    }
}
