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
    case noGroupHeaders = "no-group-headers"
    case authorityMadeAnew = "ca-made-anew"
    case authorityExpired = "ca-expired"
    case clientCertificateExpired = "client-cert-expired"
    case clientCertificateForServers = "client-cert-for-servers"
    case pairDoesNotMatch = "pair-does-not-match"
    case httpProxy = "http-proxy"
    case noEndpoints = "no-endpoints"
    case noRoute = "no-route"
    case packetsDropped = "packets-dropped"
    case apiServerDown = "apiserver-down"
    case notAnAPIServer = "not-an-apiserver"
    case credentialsOfAnotherCluster = "credentials-of-another-cluster"
    case kubeconfigForeignCA = "kubeconfig-foreign-ca"
    case callerMayNotRead = "caller-may-not-read"
    case sharedCAAllowed = "shared-ca-allowed"
    case clientCertificateNotYetValid = "client-cert-not-yet-valid"
    case clusterIPDropped = "cluster-ip-dropped"
    case targetPort = "target-port"
    case apiServersDiffer = "api-servers-differ"

    /// What is wrong, in words, and the code that `kbootstrap verify --apiservice …` must name as the root cause.
    var row: (summary: String, code: String, catalogued: String) {
        switch self {
        case .noFlags: ("kube-apiserver without any aggregation flag", "KB201", "F28")
        case .noProxyClientCertificate:
            ("kube-apiserver without --proxy-client-cert-file and --proxy-client-key-file", "KB215", "F20")
        case .wrongRequestHeaderCA:
            ("--requestheader-client-ca-file is not the CA that signed the client certificate", "KB210", "F21")
        case .nameNotAllowed: ("--requestheader-allowed-names lacks the certificate's common name", "KB211", "F23")
        case .emptyAllowedName:
            ("--requestheader-allowed-names is one name of two quotes, as a launch file leaves it", "KB205", "F24")
        case .noUsernameHeaders: ("--requestheader-username-headers is missing", "KB204", "F29")
        case .sharedCA:
            (
                "the cluster CA signs the front-proxy certificate, and its name is not allowed: false Available",
                "KB211", "F32"
            )
        case .prefixWithoutDash: ("--requestheader-extra-headers-prefix=X-Remote-Extra", "KB206", "F30")
        case .serviceMissing: ("the APIService's Service is deleted", "KB301", "F2")
        case .servicePort: ("the Service listens on another port than the APIService says", "KB302", "F3")
        case .noAddresses: ("the Service's endpoints have no address", "KB304", "F5")
        case .backendDown: ("nothing runs where the endpoints point", "KB404", "")
        case .foreignCABundle: ("the APIService's caBundle is another CA's", "KB407", "F36")
        case .apiServiceMissing: ("the APIService does not exist", "KB401", "F1")
        case .noAuthDelegator:
            ("the backend may not ask kube-apiserver what callers may do: only administrators get through", "KB219", "")
        case .sharedCAReader:
            ("as shared-ca, and the certificate's own name may read: everybody gets its data", "KB211", "F32")
        case .noGroupHeaders: ("--requestheader-group-headers is missing", "KB208", "")
        case .authorityMadeAnew: ("the published CA has the right name and another key", "KB209", "F22")
        case .authorityExpired: ("the CA of --requestheader-client-ca-file has expired", "KB203", "")
        case .clientCertificateExpired: ("the front-proxy client certificate has expired", "KB212", "F26")
        case .clientCertificateForServers:
            ("the front-proxy client certificate is made for servers only", "KB213", "F25")
        case .pairDoesNotMatch:
            ("another key lies beside the client certificate since kube-apiserver started", "KB214", "")
        case .httpProxy: ("kube-apiserver has HTTPS_PROXY in its environment", "KB406", "F19")
        case .noEndpoints: ("the Service has no Endpoints object", "KB303", "F4")
        case .noRoute: ("there is no route to the backend's address", "KB405", "F15")
        case .packetsDropped: ("packets to the backend's address are dropped", "KB403", "F14")
        case .apiServerDown: ("nothing listens at the kubeconfig's address", "KB101", "")
        case .notAnAPIServer: ("the kubeconfig's address is etcd's", "KB103", "")
        case .credentialsOfAnotherCluster: ("the kubeconfig's certificate is of another cluster", "KB102", "")
        case .kubeconfigForeignCA: ("the kubeconfig's CA is of another cluster", "KB104", "")
        case .callerMayNotRead: ("the caller may not read the aggregated API", "KB505", "")
        case .sharedCAAllowed:
            ("the cluster CA signs the front-proxy certificate: whoever gets such a name may claim any", "KB207", "F33")
        case .clientCertificateNotYetValid: ("the front-proxy client certificate begins in an hour", "KB212", "F27")
        case .clusterIPDropped:
            ("no kube-proxy leads from the Service's address to the backend: packets are dropped", "KB403", "F13")
        case .apiServersDiffer:
            ("a second kube-apiserver lacks the client certificate: Available flaps", "KB415", "F18")
        case .targetPort: ("the Service leads to another port than the backend's", "KB404", "F16")
        }
    }

    /// What is to be wrong with the lab's network from the beginning.
    func breakNetwork() throws {
        switch self {
        case .noRoute: try LabNamespace.makeUnreachable(LabNamespace.farAddress, isSilent: false)
        case .packetsDropped: try LabNamespace.makeUnreachable(LabNamespace.farAddress, isSilent: true)
        case .clusterIPDropped:
            try LabNamespace.remove(LabNamespace.backendClusterIP)
            try LabNamespace.makeUnreachable(LabNamespace.backendClusterIP, isSilent: true)
        default: return
        }
    }

    /// The aggregation flags as this fault leaves them.
    ///
    /// - Parameter otherCA: the CA that is named in the place of the right one, where this fault names another.
    func change(_ flags: [String], otherCA: String) -> [String] {
        func without(_ names: String...) -> [String] {
            flags.filter { flag in !names.contains { flag.hasPrefix("--\($0)=") } }
        }
        switch self {
        case .noFlags: return []
        case .noGroupHeaders: return without("requestheader-group-headers")
        case .noProxyClientCertificate: return without("proxy-client-cert-file", "proxy-client-key-file")
        case .wrongRequestHeaderCA, .authorityMadeAnew:
            return without("requestheader-client-ca-file") + ["--requestheader-client-ca-file=\(otherCA)"]
        case .nameNotAllowed, .sharedCA, .sharedCAReader:
            return without("requestheader-allowed-names") + ["--requestheader-allowed-names=somebody-else"]
        case .emptyAllowedName:
            return without("requestheader-allowed-names") + ["--requestheader-allowed-names=''"]
        case .noUsernameHeaders: return without("requestheader-username-headers")
        case .clusterIPDropped: return without("enable-aggregator-routing")
        case .prefixWithoutDash:
            return without("requestheader-extra-headers-prefix")
                + ["--requestheader-extra-headers-prefix=X-Remote-Extra"]
        default: return flags
        }
    }
}
