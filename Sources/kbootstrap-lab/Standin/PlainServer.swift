// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// What a `PlainServer` says to whoever says anything.
enum PlainAnswer: Sendable {
    /// TLS's fatal alert 80, which Go sends when it has no certificate to show.
    case internalErrorAlert
    /// What a Go server without TLS says to a TLS client.
    case http

    fileprivate var bytes: [UInt8] {
        switch self {
        // RFC 8446, sections 5.1 and 6: an alert record of two bytes, level fatal, internal_error.
        case .internalErrorAlert: [21, 3, 3, 0, 2, 2, 80]
        case .http:
            Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request".utf8)
        }
    }
}

/// Gives every caller the same bytes and hangs up.
struct PlainServer: Sendable {
    let host: String
    let port: Int
    let answer: PlainAnswer

    func run(listening: @escaping @Sendable (Int) async -> Void) async throws {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { connections in
                await listening(listener.channel.localAddress?.port ?? port)
                for try await connection in connections {
                    group.addTask {
                        // A caller that is gone already has no need of the answer.
                        try? await connection.executeThenClose { inbound, outbound in
                            for try await _ in inbound {
                                try await outbound.write(ByteBuffer(bytes: answer.bytes))
                                return
                            }
                        }
                    }
                }
            }
        }
    }
}
