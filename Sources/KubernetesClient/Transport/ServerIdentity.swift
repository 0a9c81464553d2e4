// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOSSL
internal import PKI
internal import Synchronization

/// The name that a server's certificate must have, and the certificates that it has shown.
///
/// It is verified on each connection after the handshake and before a request goes out: a server with another name sees
/// neither a token nor a path.
final class ServerIdentity: Sendable {
    /// Why a connection is not used.
    enum Refusal: Error, CustomStringConvertible {
        case noCertificate
        case unreadable
        /// What is expected, and what the certificate has.
        case otherNames(String, [String])

        var description: String {
            switch self {
            case .noCertificate: "the server showed no certificate"
            case .unreadable: "the server's certificate cannot be read"
            case .otherNames(let expected, let names):
                "the server's certificate is not valid for \(expected); it names \(Self.listed(names))"
            }
        }

        private static func listed(_ names: [String]) -> String {
            names.isEmpty ? "no DNS name and no address" : names.prefix(8).joined(separator: ", ")
        }
    }

    /// A DNS name or an address; nil where the kubeconfig wants no verification, or there is no TLS.
    private let expected: String?
    private let accepted = Mutex<Set<[UInt8]>>([])

    init(expected: String?) { self.expected = expected }

    /// Each certificate once, as DER, of the connections that were used.
    var shown: Set<[UInt8]> { accepted.withLock { $0 } }

    /// - Parameter channel: a connection whose handshake is over.
    /// - Returns: fails with a `Refusal`, and then closes the connection.
    func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        do throws(Refusal) {
            let der = try verified(try? channel.pipeline.syncOperations.nioSSL_peerCertificate())
            if let der { accepted.withLock { _ = $0.insert(der) } }
            return channel.eventLoop.makeSucceededVoidFuture()
        } catch {
            // The pool forgets a connection that fails so, and leaves it open; it must have forgotten it before.
            channel.eventLoop.execute { channel.close(promise: nil) }
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    private func verified(_ shown: NIOSSLCertificate?) throws(Refusal) -> [UInt8]? {
        let der = try? shown?.toDERBytes()
        guard let expected else { return der }
        guard let der else { throw .noCertificate }
        guard let certificate = try? Certificate(der: der) else { throw .unreadable }
        guard certificate.names(expected) else {
            throw .otherNames(expected, certificate.subjectAlternativeNames.map(\.description))
        }
        return der
    }
}
