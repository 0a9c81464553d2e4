// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
public import PKI
internal import Synchronization

/// What a kubelet shows to somebody who has no credentials.
public enum KubeletAnswer: Sendable, Equatable {
    /// The certificates that it serves with, leaf first, and the HTTP status of /metrics/resource; nil where none came.
    case served(chain: [Certificate], status: Int?)
    /// It has no certificate to serve with, and waits for one that it asks the API for.
    case noCertificate
    case notTLS
    /// It cannot be reached from here; with the reason.
    case unreachable(String)
}

/// Speaks TLS to a kubelet to see its certificate. Whatever it shows is taken, and so nothing is sent to it but a request
/// without credentials: kube-apiserver's node proxy shows no certificate, which is why kubelets are asked themselves.
public enum KubeletHandshake {
    /// - Parameters:
    ///   - port: a Node's own words, so any number.
    ///   - serverName: what metrics-server dials, where that is a name. A client that dials an address sends none, and
    ///     kubelets of 1.31 to 1.35 do not show it the certificate of a replaced file (kubernetes/kubernetes#133001).
    ///   - timeout: for all of it.
    public static func ask(
        host: String, port: Int, serverName: String? = nil, timeout: Duration
    ) async -> KubeletAnswer {
        // SwiftNIO ends the program over another.
        guard KubeletNode.ports.contains(port) else {
            return .unreachable("\(port) is no port: those are 1 to 65535")
        }
        return await withTaskGroup(of: KubeletAnswer.self) { group in
            group.addTask { await shake(host, port, serverName, timeout) }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return .unreachable("no answer within \(timeout.components.seconds) s")
            }
            let first = await group.next() ?? .unreachable("not asked")
            group.cancelAll()
            return first
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private static func shake(
        _ host: String, _ port: Int, _ serverName: String?, _ timeout: Duration
    ) async -> KubeletAnswer {
        let shown = Shown()
        do {
            let context = try NIOSSLContext(configuration: configuration)
            let address = try SocketAddress(ipAddress: host, port: port)
            let connection: Connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                // Connecting is not cancelled with its task.
                .connectTimeout(TimeAmount(timeout))
                .connect(to: address) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = try NIOSSLClientHandler(context: context, serverHostname: serverName) {
                            chain, verdict in
                            shown.chain = chain.compactMap { try? Certificate(der: $0.toDERBytes()) }
                            verdict.succeed(.certificateVerified)
                        }
                        try channel.pipeline.syncOperations.addHandler(handler)
                        try channel.pipeline.syncOperations.addHandler(FirstError(shown))
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
            let status = try await connection.executeThenClose { inbound, outbound -> Int? in
                let headers: HTTPHeaders = ["Host": host, "Connection": "close", "User-Agent": "kbootstrap"]
                try await outbound.write(
                    .head(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/metrics/resource", headers: headers)))
                try await outbound.write(.end(nil))
                for try await part in inbound { if case .head(let head) = part { return Int(head.status.code) } }
                return nil
            }
            return .served(chain: shown.chain, status: status)
        } catch { return answer(to: shown.error ?? error, shown.chain) }
    }

    private static var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .noHostnameVerification
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }

    private static func answer(to error: any Error, _ chain: [Certificate]) -> KubeletAnswer {
        if !chain.isEmpty { return .served(chain: chain, status: nil) }
        switch error {
        case let error as IOError: return .unreachable(reason(error))
        case ChannelError.connectTimeout(_): return .unreachable("no answer")
        case let error as NIOConnectionError:
            let cause = error.connectionErrors.first?.error as? IOError
            return .unreachable(cause.map(reason) ?? "\(error)")
        case is SocketAddressError: return .unreachable("its address is no IP address")
        default:
            let text = String(describing: error)
            // Go answers this alert when its GetCertificate has none (kubelet, certificate manager).
            if text.contains("ALERT_INTERNAL_ERROR") { return .noCertificate }
            if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") { return .notTLS }
            return .unreachable(text)
        }
    }

    private static func reason(_ error: IOError) -> String {
        switch error.errnoCode {
        case 111: "connection refused"  // ECONNREFUSED
        case 113, 101: "no route to host"  // EHOSTUNREACH, ENETUNREACH
        case 110: "connection timed out"  // ETIMEDOUT
        default: error.description
        }
    }
}

/// What was seen on the connection's event loop.
private final class Shown: Sendable {
    private let seen = Mutex<(chain: [Certificate], error: (any Error)?)>(([], nil))

    var chain: [Certificate] {
        get { seen.withLock { $0.chain } }
        set { seen.withLock { $0.chain = newValue } }
    }

    /// The first of the connection's errors: what comes after it, such as a closed channel, follows from it.
    var error: (any Error)? {
        get { seen.withLock { $0.error } }
        set { seen.withLock { $0.error = $0.error ?? newValue } }
    }
}

private final class FirstError: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let shown: Shown

    init(_ shown: Shown) { self.shown = shown }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        shown.error = error
        context.fireErrorCaught(error)
    }
}
