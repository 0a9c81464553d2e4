// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What can be wrong with a lab. Each is real: other flags, certificates or objects, never a pretended answer.
enum LabFault: String, CaseIterable, ExpressibleByArgument, Sendable {
    case noFlags = "no-flags"
    case noProxyClientCertificate = "no-proxy-client-cert"
    case wrongRequestHeaderCA = "wrong-requestheader-ca"
    case nameNotAllowed = "name-not-allowed"
    case emptyAllowedName = "empty-allowed-name"
    case noUsernameHeaders = "no-username-headers"
    case sharedCA = "shared-ca"
    case prefixWithoutDash = "prefix-without-dash"
    case serviceMissing = "service-missing"
    case servicePort = "service-port"
    case noAddresses = "no-addresses"
    case backendDown = "backend-down"
    case foreignCABundle = "foreign-ca-bundle"
    case apiServiceMissing = "apiservice-missing"
    case noAuthDelegator = "no-auth-delegator"
    case sharedCAReader = "shared-ca-reader"

    /// What is wrong, in words.
    var summary: String {
        switch self {
        case .noFlags: "kube-apiserver without any aggregation flag"
        case .noProxyClientCertificate: "kube-apiserver without --proxy-client-cert-file and --proxy-client-key-file"
        case .wrongRequestHeaderCA: "--requestheader-client-ca-file is not the CA that signed the client certificate"
        case .nameNotAllowed: "--requestheader-allowed-names lacks the certificate's common name"
        case .emptyAllowedName: "--requestheader-allowed-names is one name of two quotes, as a launch file leaves it"
        case .noUsernameHeaders: "--requestheader-username-headers is missing"
        case .sharedCA: "the cluster CA signs the front-proxy certificate, and its name is not allowed: false Available"
        case .prefixWithoutDash: "--requestheader-extra-headers-prefix=X-Remote-Extra"
        case .serviceMissing: "the APIService's Service is deleted"
        case .servicePort: "the Service listens on another port than the APIService says"
        case .noAddresses: "the Service's endpoints have no address"
        case .backendDown: "nothing runs where the endpoints point"
        case .foreignCABundle: "the APIService's caBundle is another CA's"
        case .apiServiceMissing: "the APIService does not exist"
        case .noAuthDelegator:
            "the backend may not ask kube-apiserver what callers may do: only administrators get through"
        case .sharedCAReader: "as shared-ca, and the certificate's own name may read: everybody gets its data"
        }
    }

    /// The code that `kbootstrap verify --apiservice …` must name as the root cause.
    var expectedCode: String {
        switch self {
        case .noFlags: "KB201"
        case .noProxyClientCertificate: "KB215"
        case .wrongRequestHeaderCA: "KB210"
        case .nameNotAllowed: "KB211"
        case .emptyAllowedName: "KB205"
        case .noUsernameHeaders: "KB204"
        case .sharedCA: "KB211"
        case .prefixWithoutDash: "KB206"
        case .serviceMissing: "KB301"
        case .servicePort: "KB302"
        case .noAddresses: "KB304"
        case .backendDown: "KB404"
        case .foreignCABundle: "KB407"
        case .apiServiceMissing: "KB401"
        case .noAuthDelegator: "KB219"
        case .sharedCAReader: "KB211"
        }
    }

    /// The aggregation flags as this fault leaves them.
    func change(_ flags: [String], clusterCA: String, otherCA: String) -> [String] {
        func without(_ names: String...) -> [String] {
            flags.filter { flag in !names.contains { flag.hasPrefix("--\($0)=") } }
        }
        switch self {
        case .noFlags: return []
        case .noProxyClientCertificate: return without("proxy-client-cert-file", "proxy-client-key-file")
        case .wrongRequestHeaderCA:
            return without("requestheader-client-ca-file") + ["--requestheader-client-ca-file=\(otherCA)"]
        case .nameNotAllowed, .sharedCA, .sharedCAReader:
            return without("requestheader-allowed-names") + ["--requestheader-allowed-names=somebody-else"]
        case .emptyAllowedName:
            return without("requestheader-allowed-names") + ["--requestheader-allowed-names=''"]
        case .noUsernameHeaders: return without("requestheader-username-headers")
        case .prefixWithoutDash:
            return without("requestheader-extra-headers-prefix")
                + ["--requestheader-extra-headers-prefix=X-Remote-Extra"]
        case .serviceMissing, .servicePort, .noAddresses, .backendDown, .foreignCABundle, .apiServiceMissing,
            .noAuthDelegator:
            return flags
        }
    }
}
