// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient
import PKI

/// What metrics-server takes over from its own connection to the API server for the ones to kubelets: the cluster's
/// CA, the token, the client certificate.
struct ClusterCredentials: Sendable {
    private static let serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

    let authorities: [Certificate]
    let clientCertificate: ServingIdentity?
    private let literalToken: String?
    private let tokenFile: String?

    /// Read again each time: mounted tokens are renewed.
    var token: String? {
        if let literalToken { return literalToken }
        guard let tokenFile, let bytes = try? GoFile.read(tokenFile) else { return nil }
        return String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    }

    /// The service account of the pod that this runs in.
    static func inCluster() throws -> ClusterCredentials {
        ClusterCredentials(
            authorities: try Certificate.read(pem: GoFile.read("\(serviceAccount)/ca.crt")), clientCertificate: nil,
            literalToken: nil, tokenFile: "\(serviceAccount)/token")
    }

    /// Those of the current context of a kubeconfig.
    static func read(kubeconfig path: String) throws -> ClusterCredentials {
        let text = String(decoding: try GoFile.read(path), as: UTF8.self)
        let config = try JSONValue.documents(yaml: text).first ?? .null
        let context = entry("contexts", config["current-context"], in: config)["context"]
        let cluster = entry("clusters", context["cluster"], in: config)["cluster"]
        let user = entry("users", context["user"], in: config)["user"]
        let folder = URL(filePath: path).deletingLastPathComponent().path
        func file(_ name: String, _ holder: JSONValue) throws -> [UInt8]? {
            if let data = holder["\(name)-data"].string { return Data(base64Encoded: data).map(Array.init) }
            return try holder[name].string.map { try GoFile.read($0.hasPrefix("/") ? $0 : "\(folder)/\($0)") }
        }
        var identity: ServingIdentity?
        if let certificate = try file("client-certificate", user), let key = try file("client-key", user) {
            identity = ServingIdentity(certificatePEM: certificate, keyPEM: key)
        }
        return ClusterCredentials(
            authorities: try file("certificate-authority", cluster).map { try Certificate.read(pem: $0) } ?? [],
            clientCertificate: identity, literalToken: user["token"].string, tokenFile: user["tokenFile"].string)
    }

    private static func entry(_ list: String, _ name: JSONValue, in config: JSONValue) -> JSONValue {
        config[list].array?.first { $0["name"] == name } ?? .null
    }
}
