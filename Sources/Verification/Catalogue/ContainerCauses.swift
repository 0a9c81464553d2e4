// SPDX-License-Identifier: Apache-2.0

internal import Core

/// Why the backend's container does not come up, as its state, its log or an event says.
extension Catalogue {
    /// A container that ended is started again after 10 s, 20 s, 40 s; then it has to become ready.
    private static let laterStart = Duration.seconds(60)
    private static let stopped = Set<FailureCode>.crash.and(.noBackend)
    private static let logs = Hint.look("kubectl -n \(.namespace) logs -l \(.podSelector) --tail=50")
    private static let describe = Hint.look("kubectl -n \(.namespace) describe pods -l \(.podSelector)")
    /// k8s.io/apiserver at its start, and client-go later.
    private static let asksAPIServer = [
        "unable to load configmap", "Unable to get configmap", "ailed to list", "ailed to watch", "unable to discover",
        "failed to get delegated authentication kubeconfig", "ailed to get API", "retrieving resource lock",
    ]
    private static let configMap = ["extension-apiserver-authentication"]

    static let containers = [
        Cause(
            .imageNotTrusted, "The node does not trust the certificate of the image's registry.",
            fix: describe, patience: .seconds(30),
            seen: "ErrImagePull: x509: certificate signed by unknown authority",
            signatures: [Signature(.image, ["x509:"])], explains: stopped),
        Cause(
            .imageNotPulled, "The node cannot pull the image.", fix: describe, patience: .seconds(30),
            seen: "ImagePullBackOff, ErrImagePull; 403 from k8s.gcr.io", reference: "k8s.io#3194, ms#919, ms#506",
            signatures: [Signature(.image)], explains: stopped),
        Cause(
            .podCrashing, "The container keeps ending.",
            fix: .look("kubectl -n \(.namespace) logs --previous deployment/\(.deployment)"), patience: .seconds(20),
            seen: "CrashLoopBackOff", explains: .noBackend.and(.notReady)),
        Cause(
            .podNotReady, "The pod runs, and is not ready.", fix: logs, patience: .seconds(90),
            seen: "readiness 500: metric-storage-ready, no metrics to serve", reference: "ms#767, ms#917, ms#975",
            explains: .noBackend),
        Cause(
            .podStarting, "The pod is starting: a metrics-server is ready 20 to 30 seconds after its start.",
            fix: .look("kbootstrap verify", "waits for it"), patience: .seconds(90),
            seen: "a container that runs for less than 45 s and is not ready", explains: .noBackend.and([.podNotReady])),
        Cause(
            .containerNotMade,
            "The kubelet cannot create the container: something that it needs is missing or not allowed.",
            fix: describe, patience: .seconds(30),
            seen: "CreateContainerConfigError, StartError, or events FailedMount and FailedCreatePodSandBox",
            explains: stopped),
        Cause(
            .initContainerFails, "An init container fails, so the others are not started.", fix: describe,
            patience: .seconds(30), seen: "an init container that waits or ended with an error",
            reference: "bitnami/containers#56510", explains: stopped),
        Cause(
            .sidecarNotReady, "The backend is ready, and another container of its pod is not.", fix: describe,
            patience: .seconds(60), seen: "a container beside the backend that is not ready",
            reference: "linkerd2#3563", explains: stopped),
        Cause(
            .livenessKills, "The kubelet restarts the container because its liveness or startup probe fails.",
            fix: describe,
            patience: .seconds(30), seen: "event Unhealthy: Liveness probe failed, or Startup probe failed",
            explains: stopped),
        Cause(
            .outOfMemory, "The container is ended for its memory limit.",
            fix: .look(
                "kubectl -n \(.namespace) get deployment \(.deployment) -o yaml",
                "raise resources.limits.memory: about 2 MiB a node above the first hundred"),
            seen: "a container that was OOMKilled",
            signatures: [Signature(.process, ["container init was OOM-killed"])], explains: stopped),
        Cause(
            .wrongArchitecture, "The image is for another processor architecture than the node.",
            fix: .look(
                "kubectl get nodes -L kubernetes.io/arch", "use an image for this architecture, or a nodeSelector"),
            seen: "exec format error",
            signatures: [Signature(.process, ["exec format error"])], explains: stopped),
        Cause(
            .executionNotPermitted,
            "The program may not be executed: 0.5.0 and 0.5.1 need a capability that the pod drops.",
            fix: .fix("\(.installMetrics)", "a later release"), elsewhere: describe,
            seen: "exec user process caused: operation not permitted", reference: "kubespray#7886",
            signatures: [Signature(.process, ["exec"], ["operation not permitted"])], explains: stopped),
        Cause(
            .portNotPermitted, "The process may not listen on its port: one below 1024, without the right to it.",
            fix: .fix("\(.installMetrics)", "listens on a port above 1024"), elsewhere: logs,
            seen: "log: bind: permission denied", reference: "ms#782, ms#814",
            signatures: [Signature(.process, ["bind: permission denied"])], explains: stopped),
        Cause(
            .portInUse, "Another process has the port: under hostNetwork, 10250 is the kubelet's.",
            fix: .fix("\(.installMetrics)", "listens on a port that is not the kubelet's"), elsewhere: logs,
            seen: "log: listen tcp 0.0.0.0:10250: bind: address already in use", reference: "ms#1026, k3s#11362",
            signatures: [Signature(.process, ["bind: address already in use"])], explains: stopped),
        Cause(
            .unknownFlag, "The container is given a flag that its version does not know.",
            fix: .fix("\(.installMetrics)", "arguments and image as they belong together"), elsewhere: logs,
            seen: "log: unknown flag", reference: "ms#617",
            signatures: [
                Signature(.process, ["unknown flag:", "unknown shorthand flag", "flag provided but not defined"])
            ],
            explains: stopped),
        Cause(
            .podUsesProxy, "The backend's own requests go through a proxy: HTTPS_PROXY is set in its container.",
            fix: .fix(
                "kubectl -n \(.namespace) set env deployment/\(.deployment) HTTPS_PROXY- HTTP_PROXY-",
                "or add the Service network and the nodes' addresses to NO_PROXY"), patience: .seconds(30),
            seen: "log: proxyconnect tcp: dial tcp …, of kube-apiserver or a kubelet",
            signatures: [
                Signature(.process, ["proxyconnect tcp"]), Signature(.scrape, scrapeWords, ["proxyconnect tcp"]),
            ],
            explains: stopped.and(.noMetrics).and([.livenessKills]), contradictedBy: [.nodesCovered]),
        Cause(
            .apiServerRefusesToken,
            "kube-apiserver refuses the ServiceAccount's token: its signing key has changed, or does not match.",
            fix: .look(
                "kubectl -n \(.namespace) create token \(.deployment)",
                "do --service-account-key-file and --service-account-signing-key-file belong together on every control plane?"
            ), patience: .seconds(30), seen: "log: Unauthorized, from kube-apiserver",
            reference: "k/k#112780, calico#7846",
            signatures: [
                Signature(
                    .process, asksAPIServer,
                    [": Unauthorized", "\"Unauthorized\"", "the server has asked for the client to provide"]),
                Signature(
                    .process, ["authorizer request", "token review"], [": Unauthorized", "provide credentials"]),
            ],
            explains: stopped.and(.noMetrics).and([
                .kubeletRejectsToken, .kubeletForbids, .addressStale, .livenessKills,
            ]),
            contradictedBy: [.reviewsAnswered]),
        Cause(
            .authenticationReaderMissing,
            "The backend may not read ConfigMap kube-system/extension-apiserver-authentication.",
            fix: .fix("\(.installMetrics)", "binds extension-apiserver-authentication-reader in kube-system"),
            elsewhere: .advice(
                "bind Role extension-apiserver-authentication-reader of kube-system to the backend's ServiceAccount"),
            patience: laterStart,
            seen:
                "log: Unable to get configmap/extension-apiserver-authentication … Usually fixed by kubectl create rolebinding",
            signatures: [Signature(.process, configMap, ["rolebinding", "is forbidden"])], explains: stopped,
            contradictedBy: [.backendReady, .accountHasRights]),
        Cause(
            .listingForbidden, "The backend's ServiceAccount may not list nodes or pods.",
            fix: .fix("\(.installMetrics)", "restores ClusterRole and ClusterRoleBinding system:metrics-server"),
            elsewhere: .advice("grant the backend's ServiceAccount what its log says is forbidden"),
            patience: laterStart, seen: "log: failed to list *v1.Node: nodes is forbidden: … cannot list resource",
            signatures: [
                Signature(.process, asksAPIServer, ["is forbidden"], ["cannot list resource", "cannot watch resource"])
            ],
            explains: stopped.and(.noMetrics).and([.kubeletSeesAnonymous, .kubeletForbids, .livenessKills]),
            contradictedBy: [.accountHasRights]),
        Cause(
            .probeWrong,
            "The readiness probe asks for a path or port where the backend does not tell of its readiness.",
            fix: .fix("\(.installMetrics)", "restores the probe: path /readyz, scheme HTTPS, the container's own port"),
            elsewhere: .look(
                "kubectl -n \(.namespace) get deployment \(.deployment) -o yaml",
                "compare readinessProbe with the port and paths that the backend serves"),
            patience: laterStart,
            seen: "event Unhealthy: Readiness probe failed: … statuscode: 403, or connection refused",
            explains: .noBackend.and([.podNotReady])),
        Cause(
            .servingPairUnusable, "The backend cannot load its serving certificate and key.",
            fix: .fix("\(.installMetrics)", "makes a pair that belongs together, with the mode that the pod may read"),
            elsewhere: logs, patience: laterStart,
            seen: "last words: tls: private key type does not match, open …/tls.crt: permission denied",
            signatures: [
                Signature(
                    .process,
                    [
                        "tls: private key", "tls: failed to find any PEM data", "tls: failed to parse private key",
                        "tls.crt:", "tls.key:",
                    ])
            ], explains: stopped, contradictedBy: [.backendReady]),
        Cause(
            .clusterDNSSilent,
            "The pod finds no address for kube-apiserver's name: the cluster's DNS does not answer, or not with one.",
            fix: .look("kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide"), patience: .seconds(30),
            seen: "log: lookup kubernetes.default.svc … i/o timeout, or no such host",
            signatures: [
                Signature(.process, asksAPIServer + ["dial tcp: lookup kubernetes"], ["dial tcp: lookup"])
            ],
            explains: stopped, contradictedBy: [.backendReady]),
        Cause(
            .apiServerNotTrustedByPod,
            "The pod does not trust kube-apiserver's certificate: the cluster CA in its ServiceAccount is another one.",
            fix: .look(
                "kubectl -n \(.namespace) get configmap kube-root-ca.crt -o yaml",
                "is kube-controller-manager's --root-ca-file the CA of kube-apiserver's certificate?"),
            patience: .seconds(30), seen: "log: x509: certificate signed by unknown authority, of kube-apiserver",
            signatures: [Signature(.process, asksAPIServer, ["x509:", "tls:"])], explains: stopped,
            contradictedBy: [.backendReady]),
        Cause(
            .apiServerUnreachableFromPod, "The pod does not reach kube-apiserver's ClusterIP.",
            fix: .look(
                "kubectl -n \(.namespace) get pods -l \(.podSelector) -o wide",
                "do kube-proxy and the network plugin run on that node?"),
            patience: .seconds(30), seen: "log: unable to load configmap … dial tcp 10.96.0.1:443: i/o timeout",
            reference: "k/k#106060, ms#1032, ms#1282",
            signatures: [
                Signature(
                    .process, asksAPIServer,
                    [
                        "i/o timeout", "no route to host", "connection refused", "network is unreachable",
                        "deadline exceeded",
                    ]
                )
            ],
            explains: stopped.and([.livenessKills]), contradictedBy: [.backendReady]),
    ]
}
