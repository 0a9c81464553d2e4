// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import KubernetesClient
internal import Templates

/// What is deployed: a release and the user's choices.
public struct MetricsServerOptions: Sendable {
    public var release: MetricsServerRelease
    /// Scrape kubelets without verifying their certificates: named in every output.
    public var kubeletInsecureTLS: Bool
    /// Whom metrics-server trusts for kubelets; nil for the cluster's CA.
    public var kubeletAuthority: KubeletAuthority?
    /// Where metrics-server runs. The RoleBinding on the published authentication stays in kube-system, which has it.
    public var namespace: String
    /// What it shows to kube-apiserver.
    public var serving: ServingMode
    /// Where it runs, how often, and what it is given.
    public var workload: WorkloadOptions

    public init(
        release: MetricsServerRelease, kubeletInsecureTLS: Bool = false,
        namespace: String = MetricsServerManifest.namespace, serving: ServingMode = .selfSigned,
        workload: WorkloadOptions = WorkloadOptions()
    ) {
        self.release = release
        self.kubeletInsecureTLS = kubeletInsecureTLS
        self.namespace = namespace
        self.serving = serving
        self.workload = workload
    }
}

/// The objects of metrics-server: one base for all releases, the release's row, the user's options.
public struct MetricsServerManifest: Sendable {
    let options: MetricsServerOptions

    public init(_ options: MetricsServerOptions) { self.options = options }

    /// Where upstream has metrics-server run.
    public static let namespace = "kube-system"
    public static let deployment = ObjectReference(.deployments, namespace: namespace, name: "metrics-server")
    public static let endpoints = ObjectReference(.endpoints, namespace: namespace, name: "metrics-server")
    public static let apiService = ObjectReference(.apiServices, name: "v1beta1.metrics.k8s.io")
    /// They hold the namespace of metrics-server's account, though they are in none.
    public static let clusterRoleBindings = ["metrics-server:system:auth-delegator", "system:metrics-server"].map {
        ObjectReference(.clusterRoleBindings, name: $0)
    }
    public static let podSelector = "k8s-app=metrics-server"

    /// The objects, in the order of installing.
    ///
    /// - Throws: `NamespaceError`, and where the embedded template is not YAML, which a test excludes.
    public func objects() throws -> [JSONValue] {
        let placement = try Placement(namespace: options.namespace)
        let bases = try JSONValue.documents(yaml: String(decoding: Templates.metricsServer, as: UTF8.self))
        return bases.flatMap { base in
            let object = placement.placed(base)
            return switch base["kind"].string {
            case "Service": [service(object)]
            case "Deployment":
                (options.kubeletAuthority.map { [$0.object(in: options.namespace)] } ?? []) + [deployment(object)]
                    + disruptionBudget(placement)
            case "APIService": [options.serving.apiService(object)]
            default: [object]
            }
        }
    }

    /// Where metrics-server runs.
    public var installationNamespace: String { options.namespace }

    /// The container's image.
    public var image: String { options.workload.image(of: options.release) }

    /// The container's arguments: complete, because a patch of them replaces the list.
    public var arguments: [String] {
        let usual =
            options.serving.arguments + [
                "--secure-port=\(securePort)",
                "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname", "--kubelet-use-node-status-port",
                "--metric-resolution=\(options.workload.resolution)s",
            ] + (options.kubeletInsecureTLS ? ["--kubelet-insecure-tls"] : [])
            + (options.kubeletAuthority.map { [$0.argument] } ?? [])
        let extra = options.workload.extraArguments
        let replaced = Set(extra.map(WorkloadOptions.flagName))
        return usual.filter { !replaced.contains(WorkloadOptions.flagName($0)) } + extra
    }

    /// The strategic-merge patch that gives an installed metrics-server of this release these arguments, as one line
    /// of JSON for `kubectl -n kube-system patch deployment metrics-server --patch`.
    public func patch() throws -> String {
        var container: JSONValue = ["name": "metrics-server", "args": .array(arguments.map { .string($0) })]
        var pod: JSONValue = [:]
        if options.serving != .selfSigned || options.kubeletAuthority != nil {
            container["volumeMounts"] = .array(mounts([]))
            pod["volumes"] = .array(volumes([]))
        }
        pod["containers"] = [container]
        let patch: JSONValue = ["spec": ["template": ["spec": pod]]]
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

    /// For how many seconds a pod that is to go still answers: API servers learn of it within a second or two, and send it
    /// requests until then. metrics-server itself stops listening at once.
    private static let farewell: Int64 = 5

    /// After how many seconds the pod may be called ready: upstream's 20, or after the second scrape.
    ///
    /// Up to 0.8 metrics of its own new pod make metrics-server call itself ready, and nodes have none before the second
    /// scrape: a pod that takes over sooner answers with an empty list. Beyond five minutes nobody would wait.
    private var readinessDelay: Int64 { min(max(20, options.workload.resolution + 5), 300) }

    /// The node's own ports are taken: the kubelet serves on 10250, so metrics-server moves to where 0.6 has it.
    private var securePort: Int64 { options.workload.hostNetwork ? 4443 : options.release.securePort }

    private func deployment(_ base: JSONValue) -> JSONValue {
        let workload = options.workload
        var deployment = base
        if let replicas = workload.effectiveReplicas { deployment["spec"]["replicas"] = .int(replicas) }
        if workload.highAvailability || workload.blocksItself {
            deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] = 1
        }
        var pod = base["spec"]["template"]["spec"]
        pod["containers"] = .array((pod["containers"].array ?? []).map(container))
        if workload.highAvailability {
            pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = [
                [
                    "labelSelector": ["matchLabels": ["k8s-app": "metrics-server"]],
                    "namespaces": [.string(options.namespace)],
                    "topologyKey": "kubernetes.io/hostname",
                ]
            ]
        }
        pod["volumes"] = .array(volumes(pod["volumes"].array ?? []))
        if workload.hostNetwork { pod["hostNetwork"] = .bool(true) }
        for (key, value) in workload.nodeSelector { pod["nodeSelector"][key] = .string(value) }
        if !workload.tolerations.isEmpty { pod["tolerations"] = .array(workload.tolerations.map(\.object)) }
        if !workload.pullSecrets.isEmpty {
            pod["imagePullSecrets"] = .array(workload.pullSecrets.map { ["name": .string($0)] })
        }
        deployment["spec"]["template"]["spec"] = pod
        if let authority = options.kubeletAuthority {
            deployment["spec"]["template"]["metadata"]["annotations"] = authority.annotations
        }
        return deployment
    }

    private func volumes(_ base: [JSONValue]) -> [JSONValue] {
        let all = options.serving.volumes(base, namespace: options.namespace)
        return options.kubeletAuthority?.volumes(all, in: options.namespace) ?? all
    }

    private func mounts(_ base: [JSONValue]) -> [JSONValue] {
        let all = options.serving.mounts(base)
        return options.kubeletAuthority?.mounts(all) ?? all
    }

    /// Keeps one replica through a drain.
    private func disruptionBudget(_ placement: Placement) -> [JSONValue] {
        guard options.workload.highAvailability else { return [] }
        return [
            placement.placed([
                "apiVersion": options.workload.hasPolicyV1 ? "policy/v1" : "policy/v1beta1",
                "kind": "PodDisruptionBudget",
                "metadata": [
                    "name": "metrics-server", "namespace": .string(Self.namespace),
                    "labels": ["k8s-app": "metrics-server"],
                ],
                "spec": ["minAvailable": 1, "selector": ["matchLabels": ["k8s-app": "metrics-server"]]],
            ])
        ]
    }

    private func container(_ base: JSONValue) -> JSONValue {
        var container = base
        container["image"] = .string(image)
        container["args"] = .array(arguments.map { .string($0) })
        container["ports"] = [
            ["containerPort": .int(securePort), "name": "https", "protocol": "TCP"]
        ]
        container["volumeMounts"] = .array(mounts(base["volumeMounts"].array ?? []))
        let beyond = options.workload.nodesBeyondHundred
        container["resources"]["requests"] = [
            "cpu": .string("\(100 + beyond)m"), "memory": .string("\(200 + 2 * beyond)Mi"),
        ]
        container["readinessProbe"]["initialDelaySeconds"] = .int(readinessDelay)
        if options.workload.hasSleepAction {
            container["lifecycle"] = ["preStop": ["sleep": ["seconds": .int(Self.farewell)]]]
        }
        if options.release.isConfined {
            container["securityContext"]["capabilities"] = ["drop": ["ALL"]]
            container["securityContext"]["seccompProfile"] = ["type": "RuntimeDefault"]
        }
        return container
    }
}
