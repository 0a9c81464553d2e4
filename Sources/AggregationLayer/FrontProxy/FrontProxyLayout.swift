// SPDX-License-Identifier: Apache-2.0

internal import Core

/// How front-proxy files are called and named. One row a convention; help, files, flags and checks derive from it.
public struct FrontProxyLayout: Sendable, Equatable {
    /// The name that `--layout` takes.
    public let name: String
    public let defaultDirectory: String
    public let caCertificateFile: String
    public let caKeyFile: String
    public let clientCertificateFile: String
    public let clientKeyFile: String
    /// The CA that a rotation moves to, while it lasts.
    public let nextCACertificateFile: String
    public let nextCAKeyFile: String
    /// The key of a request that is being signed elsewhere, while the present pair serves on.
    public let nextClientKeyFile: String
    public let caCommonName: String
    public let clientCommonName: String

    /// Kubernetes the hard way's. The client's name is the walkthrough's; the CA's differs from it, because a client
    /// certificate with its issuer's name passes for self-signed (OpenSSL error 18).
    public static let hardWay = FrontProxyLayout(
        name: "hard-way", defaultDirectory: "/var/lib/kubernetes",
        caCertificateFile: "front-proxy-ca.pem", caKeyFile: "front-proxy-ca-key.pem",
        clientCertificateFile: "front-proxy.pem", clientKeyFile: "front-proxy-key.pem",
        nextCACertificateFile: "front-proxy-ca-next.pem", nextCAKeyFile: "front-proxy-ca-next-key.pem",
        nextClientKeyFile: "front-proxy-next-key.pem",
        caCommonName: "kubernetes-front-proxy-ca", clientCommonName: "front-proxy-ca")

    /// kubeadm's (cmd/kubeadm/app/constants); microk8s uses the same names.
    public static let kubeadm = FrontProxyLayout(
        name: "kubeadm", defaultDirectory: "/etc/kubernetes/pki",
        caCertificateFile: "front-proxy-ca.crt", caKeyFile: "front-proxy-ca.key",
        clientCertificateFile: "front-proxy-client.crt", clientKeyFile: "front-proxy-client.key",
        nextCACertificateFile: "front-proxy-ca-next.crt", nextCAKeyFile: "front-proxy-ca-next.key",
        nextClientKeyFile: "front-proxy-client-next.key",
        caCommonName: "front-proxy-ca", clientCommonName: "front-proxy-client")

    public static let all = [hardWay, kubeadm]

    /// Options that lead a command to this layout's files in that folder; empty for the default one.
    public func options(for directory: String) -> String {
        guard directory != defaultDirectory else { return "" }
        return " --dir \(ShellWord.quoted(directory))" + (self == .hardWay ? "" : " --layout \(name)")
    }

    /// Every name that a file of this layout may have, keys before certificates.
    var files: [String] {
        [
            caKeyFile, nextCAKeyFile, clientKeyFile, nextClientKeyFile, caCertificateFile, nextCACertificateFile,
            clientCertificateFile,
        ]
    }
}
