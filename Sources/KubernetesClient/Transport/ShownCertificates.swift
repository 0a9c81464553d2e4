// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// What the server has shown itself with, on each connection that it was trusted on.
final class ShownCertificates: Sendable {
    private let shown = Mutex<Set<[UInt8]>>([])

    /// Each once, as DER.
    var all: Set<[UInt8]> { shown.withLock { $0 } }

    /// - Parameter channel: a connection whose handshake is over; one without TLS shows nothing.
    func note(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.nioSSL_peerCertificate().map { certificate in
            guard let bytes = try? certificate?.toDERBytes() else { return }
            self.shown.withLock { _ = $0.insert(bytes) }
        }
        .recover { _ in }
    }
}
