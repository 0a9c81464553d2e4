// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient
internal import MetricsServer
internal import PKI

/// A serving certificate for metrics-server, from a CA that has signed nothing else and never will: its key ends with
/// the function that makes it, unwritten. So nobody who reads the Secret, or this machine, can sign another.
struct MintedServingCertificate: Sendable {
    /// The CA's certificate, as PEM.
    let authority: String
    /// `data` of a Secret of type kubernetes.io/tls.
    let secretData: JSONValue

    /// - Parameters:
    ///   - namespace: metrics-server's.
    ///   - days: how long both certificates last.
    static func make(
        namespace: String, days: Int, now: Date = Date()
    ) throws(OpenSSLError) -> MintedServingCertificate {
        // A name of its own, so that two CAs of one caBundle are told apart; k8s.io/client-go names its so, too.
        let authority = try CertificateAuthority.create(
            CertificateProfile(
                commonName: "metrics-server-serving-ca@\(Int(now.timeIntervalSince1970))", purpose: .authority,
                days: days, now: now),
            key: PrivateKey.generate(.ecdsaP256))
        let names = ServingMode.names(in: namespace)
        let key = try PrivateKey.generate(.ecdsaP256)
        let certificate = try authority.issue(
            CertificateProfile(
                // Without .cluster.local it fits the 64 characters of a common name, but for long namespaces.
                commonName: "metrics-server", purpose: .leaf([.serverAuth]),
                names: names.map { .dns($0) }, days: days, now: now),
            for: key)
        let keyText = try unsafe key.pem().withBytes { bytes in unsafe Data(bytes).base64EncodedString() }
        return MintedServingCertificate(
            authority: authority.certificate.pem,
            secretData: [
                "tls.crt": .string(Data(certificate.pem.utf8).base64EncodedString()),
                "tls.key": .string(keyText),
                "ca.crt": .string(Data(authority.certificate.pem.utf8).base64EncodedString()),
            ])
    }
}
