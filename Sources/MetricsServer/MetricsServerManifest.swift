// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import KubernetesClient
internal import Templates

/// What is deployed: a release and the user's choices.
public struct MetricsServerOptions: Sendable {
    public var release: MetricsServerRelease
    /// Scrape kubelets without verifying their certificates: named in every output.
    public var kubeletInsecureTLS: Bool
    /// Where metrics-server runs. The RoleBinding on the published authentication stays in kube-system, which has it.
    public var namespace: String

    public init(
        release: MetricsServerRelease, kubeletInsecureTLS: Bool = false,
        namespace: String = MetricsServerManifest.namespace
    ) {
        self.release = release
        self.kubeletInsecureTLS = kubeletInsecureTLS
        self.namespace = namespace
    }
}

/// The objects of metrics-server: one base for all releases, the release's row, the user's options.
public struct MetricsServerManifest: Sendable {
    private let options: MetricsServerOptions

    public init(_ options: MetricsServerOptions) { self.options = options }

    /// Where upstream has metrics-server run.
    public static let namespace = "kube-system"
    public static let deployment = ObjectReference(.deployments, namespace: namespace, name: "metrics-server")
    public static let endpoints = ObjectReference(.endpoints, namespace: namespace, name: "metrics-server")
    public static let apiService = ObjectReference(.apiServices, name: "v1beta1.metrics.k8s.io")
    public static let podSelector = "k8s-app=metrics-server"

    /// The objects, in the order of installing.
    ///
    /// - Throws: `NamespaceError`, and where the embedded template is not YAML, which a test excludes.
    public func objects() throws -> [JSONValue] {
        let placement = try Placement(namespace: options.namespace)
        return try JSONValue.documents(yaml: String(decoding: Templates.metricsServer, as: UTF8.self)).map { base in
            let object = placement.placed(base)
            return switch base["kind"].string {
            case "Service": service(object)
            case "Deployment": deployment(object)
            default: object
            }
        }
    }

    /// The container's arguments: complete, because a patch of them replaces the list.
    var arguments: [String] {
        [
            "--cert-dir=/tmp", "--secure-port=\(options.release.securePort)",
            "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname", "--kubelet-use-node-status-port",
            "--metric-resolution=15s",
        ] + (options.kubeletInsecureTLS ? ["--kubelet-insecure-tls"] : [])
    }

    /// The strategic-merge patch that gives an installed metrics-server of this release these arguments, as one line
    /// of JSON for `kubectl -n kube-system patch deployment metrics-server --patch`.
    public func patch() throws -> String {
        let patch: JSONValue = [
            "spec": [
                "template": [
                    "spec": [
                        "containers": [
                            ["name": "metrics-server", "args": .array(arguments.map { .string($0) })]
                        ]
                    ]
                ]
            ]
        ]
        return String(decoding: try patch.serialized(), as: UTF8.self)
    }

    /// The objects as YAML, one document each, fit for `kubectl apply -f -`.
    public func yaml() throws -> String {
        try objects().map { try $0.yaml() }.joined(separator: "---\n")
    }

    private func service(_ base: JSONValue) -> JSONValue {
        guard options.release.namesProtocol else { return base }
        var service = base
        service["spec"]["ports"] = .array(
            (base["spec"]["ports"].array ?? []).map { port in
                var port = port
                port["appProtocol"] = "https"
                return port
            })
        return service
    }

    private func deployment(_ base: JSONValue) -> JSONValue {
        var deployment = base
        deployment["spec"]["template"]["spec"]["containers"] = .array(
            (base["spec"]["template"]["spec"]["containers"].array ?? []).map(container))
        return deployment
    }

    private func container(_ base: JSONValue) -> JSONValue {
        var container = base
        container["image"] = .string(options.release.image)
        container["args"] = .array(arguments.map { .string($0) })
        container["ports"] = [
            ["containerPort": .int(options.release.securePort), "name": "https", "protocol": "TCP"]
        ]
        if options.release.isConfined {
            container["securityContext"]["capabilities"] = ["drop": ["ALL"]]
            container["securityContext"]["seccompProfile"] = ["type": "RuntimeDefault"]
        }
        return container
    }
}
