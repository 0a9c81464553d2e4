// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import PKI
import Synchronization

/// An HTTP/1.1 server over TLS that asks for a client certificate and judges none.
///
/// As Kubernetes' own servers do, it takes connections without a certificate and with any certificate: who the caller
/// is gets decided for each request, by what stands above this file.
struct HTTPSServer: Sendable {
    /// Bodies that callers send, in bytes: discovery, lists and probes have none at all.
    static let largestRequestBody = 1 << 20

    typealias Handler = @Sendable (ServedRequest) async -> ServedResponse

    let host: String
    /// 0 takes a free port.
    let port: Int
    let log: KlogLine
    private let context: ServingContext

    init(host: String, port: Int, identity: ServingIdentity, log: KlogLine) throws {
        context = try ServingContext(identity)
        (self.host, self.port, self.log) = (host, port, log)
    }

    /// Shows another certificate to whoever connects from now on.
    /// - Throws: where certificate and key are no pair; the former ones stay.
    func show(_ identity: ServingIdentity) throws { try context.replace(with: identity) }

    /// Serves until the task is cancelled.
    /// - Parameter listening: called once, with the port that is listened on.
    func run(
        listening: @escaping @Sendable (Int) async -> Void = { _ in }, _ handler: @escaping Handler
    ) async throws {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 256)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try ServedConnection(channel, context: context.current) }
            }
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { connections in
                await listening(listener.channel.localAddress?.port ?? port)
                for try await connection in connections {
                    group.addTask { await connection.serve(handler, log: log) }
                }
            }
        }
    }
}

/// What a server shows now.
private final class ServingContext: Sendable {
    private let context: Mutex<NIOSSLContext>

    init(_ identity: ServingIdentity) throws { context = Mutex(try identity.context()) }

    var current: NIOSSLContext { context.withLock { $0 } }

    func replace(with identity: ServingIdentity) throws {
        let made = try identity.context()
        context.withLock { $0 = made }
    }
}

/// One accepted connection, and the certificates its caller showed.
private struct ServedConnection: Sendable {
    let channel: NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>
    let presented: PresentedCertificates

    init(_ channel: any Channel, context: NIOSSLContext) throws {
        let presented = PresentedCertificates()
        let tls = NIOSSLServerHandler(context: context) { chain, verdict in
            presented.record(chain)
            verdict.succeed(.certificateVerified)
        }
        try channel.pipeline.syncOperations.addHandler(tls)
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
        try channel.pipeline.syncOperations.addHandler(BufferBodies<HTTPResponseHead>())
        self.presented = presented
        self.channel = try NIOAsyncChannel(wrappingChannelSynchronously: channel)
    }

    func serve(_ handler: @escaping HTTPSServer.Handler, log: KlogLine) async {
        let caller = channel.channel.remoteAddress?.hostAndPort ?? "?"
        do {
            try await channel.executeThenClose { inbound, outbound in
                var parts = inbound.makeAsyncIterator()
                while let request = try await nextRequest(&parts) {
                    guard let response = await answer(request, handler) else { return }
                    try await send(response, to: request, over: outbound)
                    guard request.head.isKeepAlive else { return }
                }
            }
        } catch NIOSSLError.handshakeFailed(let reason) {
            // Harmless as a rule: somebody who hung up, or who does not trust this server.
            log.structured(
                .info, "The TLS handshake failed", at: "HTTPSServer.swift",
                ["caller": .text(caller), "err": .text("\(reason)")])
        } catch {
            // The caller went away, or spoke no HTTP: there is nobody left to tell.
        }
    }

    private func nextRequest(
        _ parts: inout NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator
    ) async throws -> ServedRequest? {
        var head: HTTPRequestHead?
        var body = ByteBuffer()
        while let part = try await parts.next() {
            switch part {
            case .head(let received): head = received
            case .body(var bytes):
                guard body.readableBytes + bytes.readableBytes <= HTTPSServer.largestRequestBody else { return nil }
                body.writeBuffer(&bytes)
            case .end:
                guard let head else { return nil }
                return ServedRequest(head: head, body: body, certificates: presented.certificates)
            }
        }
        return nil
    }

    /// The handler's answer, or nothing when the caller hung up first: then the handler is cancelled, as a Go
    /// handler's context is.
    private func answer(
        _ request: ServedRequest, _ handler: @escaping HTTPSServer.Handler
    ) async -> ServedResponse? {
        let (hangUp, signal) = AsyncStream.makeStream(of: Void.self)
        channel.channel.closeFuture.whenComplete { _ in signal.finish() }
        return await withTaskGroup(of: ServedResponse?.self) { group in
            group.addTask { await handler(request) }
            group.addTask {
                for await _ in hangUp {}
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func send(
        _ response: ServedResponse, to request: ServedRequest,
        over outbound: NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, ByteBuffer>>
    ) async throws {
        var head = HTTPResponseHead(version: request.head.version, status: response.status, headers: response.headers)
        head.headers.replaceOrAdd(name: "content-length", value: String(response.body.readableBytes))
        if !request.head.isKeepAlive { head.headers.replaceOrAdd(name: "connection", value: "close") }
        try await outbound.write(.head(head))
        if request.head.method != .HEAD { try await outbound.write(.body(response.body)) }
        try await outbound.write(.end(nil))
    }
}

/// What the caller showed in the handshake, unjudged.
private final class PresentedCertificates: Sendable {
    private let chain = Mutex<[Certificate]>([])

    var certificates: [Certificate] { chain.withLock { $0 } }

    func record(_ presented: [NIOSSLCertificate]) {
        let read = presented.compactMap { try? Certificate(der: $0.toDERBytes()) }
        chain.withLock { $0 = read }
    }
}

/// Lets bodies be written as buffers, which may cross threads; NIO's codec wants its own wrapper around them.
final class BufferBodies<Head: Equatable & Sendable>: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = HTTPPart<Head, ByteBuffer>
    typealias OutboundOut = HTTPPart<Head, IOData>

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part: OutboundOut =
            switch unwrapOutboundIn(data) {
            case .head(let head): .head(head)
            case .body(let bytes): .body(.byteBuffer(bytes))
            case .end(let trailers): .end(trailers)
            }
        context.write(wrapOutboundOut(part), promise: promise)
    }
}

extension SocketAddress {
    /// `10.77.0.1:4443`, `[::1]:4443`
    var hostAndPort: String { Self.hostAndPort(ipAddress ?? "?", port ?? 0) }

    static func hostAndPort(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
