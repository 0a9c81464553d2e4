// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOSSL

/// BoringSSL's settings for a connection: TLS 1.2 at least, trust pinned to the cluster's CA, names always verified
/// unless the kubeconfig says otherwise.
enum TLSSettings {
    static func make(
        _ connection: ClusterConnection, identity: ClientIdentity?
    ) throws(APIError) -> TLSConfiguration {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        // A server that still sends does not answer our close_notify, for which NIOSSL waits 5 s: a command would end
        // that late.
        settings.shutdownTimeout = .milliseconds(100)
        switch connection.trust {
        case .system: break
        case .unverified: settings.certificateVerification = .none
        case .authorities(let pem, let source):
            do {
                settings.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(pem))
            } catch {
                throw APIError(
                    .tls, request: connection.server, reason: "the CA in \(source) could not be read: \(error)",
                    hint: "kubectl config view --minify --raw")
            }
        }
        if let identity {
            do {
                settings.certificateChain = try NIOSSLCertificate.fromPEMBytes(identity.certificate)
                    .map { .certificate($0) }
                settings.privateKey = .privateKey(
                    try NIOSSLPrivateKey(bytes: Array(identity.key.value.utf8), format: .pem))
            } catch {
                throw APIError(
                    .tls, request: connection.server,
                    reason:
                        "the client certificate or key of user \(connection.userName ?? "(none)") could not be read: \(error)",
                    hint: "kubectl config view --minify --raw")
            }
        }
        return settings
    }
}
