// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Where a cluster is and how to speak to it: what a kubeconfig comes to.
public struct ClusterConnection: Sendable {
    /// The API server's address, as it may be shown: without name, password and query.
    public var server: String { base.description }
    /// The context's name; nil in a cluster and with `--server` alone.
    public let contextName: String?
    /// The kubeconfig's name for the user.
    public let userName: String?
    /// The context's namespace, or `default`.
    public let namespace: String
    /// What the reader should know, such as verification that is switched off.
    public let warnings: [String]

    /// The CA certificates, as PEM, that the API server is trusted by; nil where the system's are, or none.
    public var authorities: [UInt8]? { if case .authorities(let pem, _) = trust { pem } else { nil } }

    let base: ServerURL
    let trust: ServerTrust
    let tlsServerName: String?
    let proxy: ProxyRoute?
    let identity: ClientIdentity?
    let credential: Credential
    let impersonation: Impersonation
    /// nil for no limit.
    let requestTimeout: Duration?
    /// A name that the certificate of every API server has, where it is known without `tlsServerName`.
    var commonServerName: String?
    /// Of each attempt to connect.
    var connectTimeout = Duration.seconds(10)
    /// After how many seconds the server is asked to end a watch: well before an idle connection is forgotten in between.
    var watchSeconds = 240

    /// Follows client-go's rules: the explicit file, else the list in `KUBECONFIG`, else `~/.kube/config`, else the
    /// service account of the pod that this runs in.
    ///
    /// - Throws: where that leads nowhere, or contradicts itself.
    public static func resolve(
        _ options: ClusterOptions, environment: [String: String]
    ) throws(KubeconfigError) -> ClusterConnection {
        let config = try Kubeconfig.load(explicit: options.kubeconfig, environment: environment)
        if let config {
            return try KubeconfigReading(config: config, options: options, environment: environment).connection()
        }
        if let pod = try inCluster(options, environment: environment) { return pod }
        guard options.server != nil else {
            throw KubeconfigError(
                "no kubeconfig: neither --kubeconfig nor $KUBECONFIG leads to a file, and there is none in ~/.kube/config",
                hint: "export KUBECONFIG=/path/to/admin.kubeconfig")
        }
        return try KubeconfigReading(config: Kubeconfig(), options: options, environment: environment).connection()
    }

    /// Where Kubernetes mounts a pod's service account (client-go, rest.InClusterConfig).
    private static let serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

    private static let serviceAccountCA = ServerTrust.Source(
        name: "the service account's CA \(serviceAccount)/ca.crt", hint: "head -1 \(serviceAccount)/ca.crt")

    private static func inCluster(
        _ options: ClusterOptions, environment: [String: String]
    ) throws(KubeconfigError) -> ClusterConnection? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = environment["KUBERNETES_SERVICE_PORT"], !port.isEmpty,
            // The service account's token is for its own cluster: as with kubectl, no other server gets it.
            [options.context, options.cluster, options.user, options.server].allSatisfy({ $0 == nil })
        else { return nil }
        let token = serviceAccount + "/token"
        guard FileManager.default.isReadableFile(atPath: token) else { return nil }
        let base = try url("https://\(ServerURL.bracketed(host)):\(port)")
        let authority = try pemFile(serviceAccount + "/ca.crt", what: "the service account's CA")
        let folder = try? LimitedFile.read(serviceAccount + "/namespace", atMost: 1024)
        let namespace = String(decoding: folder ?? [], as: UTF8.self).filter { !$0.isWhitespace }
        var connection = ClusterConnection(
            contextName: nil, userName: nil,
            namespace: namespace.isEmpty ? "default" : namespace, warnings: [],
            base: base, trust: .authorities(authority, source: serviceAccountCA),
            tlsServerName: nil, proxy: try ProxyRoute.of(base, environment: environment), identity: nil,
            credential: .tokenFile(token, otherwise: nil), impersonation: try Impersonation(nil, options),
            requestTimeout: timeout(options.requestTimeout))
        connection.commonServerName = inClusterName
        return connection
    }

    /// By which pods are to find the API server (kubernetes.io, "Accessing the Kubernetes API from a Pod").
    private static let inClusterName = "kubernetes.default.svc"

    static func url(_ text: String) throws(KubeconfigError) -> ServerURL {
        guard let url = ServerURL(text, schemes: ["http", "https"]) else {
            throw KubeconfigError(
                "'\(ServerURL.shown(text))' is not the address of an API server", hint: "such as https://10.0.0.1:6443")
        }
        return url
    }

    static func timeout(_ asked: Duration?) -> Duration? {
        guard let asked else { return .seconds(30) }
        return asked == .zero ? nil : asked
    }

    /// A PEM file that must be there.
    static func pemFile(_ path: String, what: String) throws(KubeconfigError) -> [UInt8] {
        do {
            guard let bytes = try LimitedFile.read(path, atMost: 4 << 20) else {
                throw KubeconfigError("\(what) \(path) does not exist", hint: "kubectl config view --minify")
            }
            return bytes
        } catch let error as KubeconfigError {
            throw error
        } catch {
            throw KubeconfigError(
                "could not read \(what) \(path): \(error)", hint: (error as? LimitedFile.Failure)?.hint)
        }
    }
}
