// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import PKI
import Synchronization
import SystemPackage

/// Asks kubelets for their metrics over verified TLS, with a token; failures come in Go's words.
struct KubeletConnection: Sendable {
    /// The longest answer that is read, in bytes: about 100,000 containers.
    static let largestAnswer = 64 << 20

    /// CAs that a kubelet's certificate must lead to; nil to take any certificate.
    let authorities: [Certificate]?
    let token: @Sendable () -> String?
    let timeout: Duration
    let release: StandinRelease
    private let tls: NIOSSLContext

    /// - Parameter clientCertificate: shown to kubelets that ask for one, as upstream does with a kubeconfig's.
    init(
        authorities: [Certificate]?, clientCertificate: ServingIdentity?, timeout: Duration, release: StandinRelease,
        token: @escaping @Sendable () -> String?
    ) throws {
        (self.authorities, self.token, self.timeout, self.release) = (authorities, token, timeout, release)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // The callback below judges name and chain, to tell a refusal as Go tells it.
        configuration.certificateVerification = .noHostnameVerification
        // Else the machine's own are read, which an image need not have.
        configuration.trustRoots = .certificates([])
        if let clientCertificate {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(clientCertificate.certificatePEM)
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: clientCertificate.keyPEM, format: .pem))
        }
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// The body of an answer of 200.
    func get(host: String, port: Int, path: String) async throws(ScrapeFailure) -> String {
        let target = Target(host: host, port: port, path: path)
        let outcome = await withTaskGroup(of: Result<String, ScrapeFailure>?.self) { group in
            group.addTask { await self.ask(target) }
            group.addTask {
                do { try await Task.sleep(for: timeout) } catch { return nil }
                return .failure(ScrapeFailure(text: target.failed("context deadline exceeded"), isTimeout: true))
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guard let outcome else { throw ScrapeFailure(text: target.failed("context canceled")) }
        return try outcome.get()
    }

    private struct Target: Sendable {
        let host: String
        let port: Int
        let path: String

        var hostAndPort: String { SocketAddress.hostAndPort(host, port) }

        func failed(_ cause: String) -> String { "Get \("https://\(hostAndPort)\(path)".quotedAsInGo): \(cause)" }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPPart<HTTPRequestHead, ByteBuffer>>

    private func ask(_ target: Target) async -> Result<String, ScrapeFailure> {
        let refusal = SharedRefusal()
        do {
            let connection = try await connect(to: target, refusal)
            return try await connection.executeThenClose { inbound, outbound in
                var headers: HTTPHeaders = ["Host": target.hostAndPort, "Connection": "close", "Accept": "*/*"]
                headers.add(name: "User-Agent", value: "metrics-server/v\(release) (kbootstrap-lab stand-in)")
                if let token = token() { headers.add(name: "Authorization", value: "Bearer \(token)") }
                try await outbound.write(
                    .head(HTTPRequestHead(version: .http1_1, method: .GET, uri: target.path, headers: headers)))
                try await outbound.write(.end(nil))
                return try await Self.answer(inbound)
            }
        } catch {
            if let refused = refusal.value { return .failure(ScrapeFailure(text: target.failed(refused))) }
            let isTimeout = if case ChannelError.connectTimeout = error { true } else { false }
            return .failure(ScrapeFailure(text: target.failed(cause(error, target)), isTimeout: isTimeout))
        }
    }

    private func connect(to target: Target, _ refusal: SharedRefusal) async throws -> Connection {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.nanoseconds(timeout.wholeNanoseconds))
        let initialize: @Sendable (any Channel) -> EventLoopFuture<Connection> = { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(handshake(with: target, refusal))
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(BufferBodies<HTTPRequestHead>())
                return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }
        if let address = try? SocketAddress(ipAddress: target.host, port: target.port) {
            return try await bootstrap.connect(to: address, channelInitializer: initialize)
        }
        return try await bootstrap.connect(host: target.host, port: target.port, channelInitializer: initialize)
    }

    private func handshake(with target: Target, _ refusal: SharedRefusal) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: target.host, port: 0)) != nil
        return try NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : target.host) { chain, verdict in
            guard let authorities else { return verdict.succeed(.certificateVerified) }
            let presented = chain.compactMap { try? Certificate(der: $0.toDERBytes()) }
            let reason = GoVerification.refusal(
                of: presented, anchors: authorities, purpose: .server, address: target.host)
            if let reason { refusal.value = release.certificateErrorPrefix + reason }
            verdict.succeed(reason == nil ? .certificateVerified : .failed)
        }
    }

    private static func answer(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    ) async throws -> Result<String, ScrapeFailure> {
        var body: [UInt8] = []
        for try await part in inbound {
            switch part {
            case .head(let head) where head.status != .ok:
                let status = "\(head.status.code) \(head.status.reasonPhrase)"
                return .failure(ScrapeFailure(text: "request failed, status: \(status.quotedAsInGo)"))
            case .head: break
            case .body(let bytes):
                body.append(contentsOf: bytes.readableBytesView)
                guard body.count <= largestAnswer else {
                    return .failure(ScrapeFailure(text: "failed to read response body - it is too long"))
                }
            case .end: return .success(String(decoding: body, as: UTF8.self))
            }
        }
        return .failure(ScrapeFailure(text: "failed to read response body - unexpected EOF"))
    }

    private func cause(_ error: any Error, _ target: Target) -> String {
        let dial = "dial tcp \(target.hostAndPort)"
        switch error {
        case ChannelError.connectTimeout:
            return release.tellsScrapeTimeouts ? "context deadline exceeded" : "\(dial): i/o timeout"
        case let error as IOError:
            return "\(dial): connect: \(Errno(rawValue: error.errnoCode).description.lowercased())"
        case let error as NIOConnectionError:
            if error.connectionErrors.isEmpty { return "dial tcp: lookup \(target.host): no such host" }
            return cause(error.connectionErrors[0].error, target)
        case is SocketAddressError: return "dial tcp: lookup \(target.host): no such host"
        default: return GoTLSText.error(error)
        }
    }
}

/// Why the certificate was refused: written on the connection's event loop, read by the task that waits for it.
private final class SharedRefusal: Sendable {
    private let reason = Mutex<String?>(nil)

    var value: String? {
        get { reason.withLock { $0 } }
        set { reason.withLock { $0 = newValue } }
    }
}
