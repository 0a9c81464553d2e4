// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOSSL

/// BoringSSL's settings for a connection: TLS 1.2 at least, trust pinned to the cluster's CA unless the kubeconfig says
/// otherwise. The name in the certificate is `ServerIdentity`'s to verify.
enum TLSSettings {
    static func make(
        _ connection: ClusterConnection, identity: ClientIdentity?
    ) throws(APIError) -> TLSConfiguration {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        // A server that still sends does not answer our close_notify, for which NIOSSL waits 5 s: a command would end
        // that late.
        settings.shutdownTimeout = .milliseconds(100)
        // NIOSSL's own check also takes a certificate for the address that is dialled, which a proxy or Endpoints can
        // choose, and one by its common name.
        settings.certificateVerification = .noHostnameVerification
        switch connection.trust {
        case .system: break
        case .unverified: settings.certificateVerification = .none
        case .authorities(let pem, let source):
            guard let certificates = certificates(pem) else {
                throw APIError(.tls, request: source.name, reason: noCertificate, hint: source.hint)
            }
            settings.trustRoots = .certificates(certificates)
        }
        if let identity {
            let (chain, key) = try read(identity)
            settings.certificateChain = chain.map { .certificate($0) }
            settings.privateKey = .privateKey(key)
        }
        return settings
    }

    private static let noCertificate = "there is no certificate in it that can be read"

    private static func certificates(_ pem: [UInt8]) -> [NIOSSLCertificate]? {
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(pem), !certificates.isEmpty else { return nil }
        return certificates
    }

    /// - Throws: also where the two do not belong together, which BoringSSL would tell no earlier than in a handshake.
    private static func read(
        _ identity: ClientIdentity
    ) throws(APIError) -> (chain: [NIOSSLCertificate], key: NIOSSLPrivateKey) {
        let source = identity.source
        func failure(_ what: String, _ reason: String) -> APIError {
            APIError(.credentials, request: what, reason: reason, hint: source.hint)
        }
        guard let chain = certificates(identity.certificate) else { throw failure(source.certificate, noCertificate) }
        guard let key = try? NIOSSLPrivateKey(bytes: Array(identity.key.value.utf8), format: .pem) else {
            throw failure(source.key, "there is no private key in it that can be read without a passphrase")
        }
        var pair = TLSConfiguration.makeClientConfiguration()
        pair.trustRoots = .certificates([])
        pair.certificateChain = chain.map { .certificate($0) }
        pair.privateKey = .privateKey(key)
        do { _ = try NIOSSLContext(configuration: pair) } catch {
            throw failure(source.key, "it is not the key of \(source.certificate)")
        }
        return (chain, key)
    }
}
