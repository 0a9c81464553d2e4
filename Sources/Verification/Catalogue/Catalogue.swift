// SPDX-License-Identifier: Apache-2.0

/// The failure catalogue: one row a code. `verify` takes severity, patience and the fallback fix from here.
public enum Catalogue {
    /// The row of `code`; every code has one, which a test holds.
    public static func entry(_ code: FailureCode) -> CatalogueEntry {
        rows[code] ?? CatalogueEntry(code: code, severity: .failure, cause: "", fix: "", patience: .zero)
    }

    public static var entries: [CatalogueEntry] { FailureCode.allCases.map(entry) }

    private static let rows: [FailureCode: CatalogueEntry] = Dictionary(
        uniqueKeysWithValues: (apiAccess + aggregationLayer + workload + startUp + apiService + metrics + kubelets).map
        { ($0.code, $0) })

    /// Where fixes look for metrics-server.
    static let usualNamespace = "kube-system"

    /// Codes whose fixes are about what is in kube-system wherever metrics-server runs.
    static let ofKubeSystem: Set<FailureCode> = [.publishedCARekeyed, .requestHeaderCAUnreadable, .noTunnelAgent]

    static func failure(
        _ code: FailureCode, _ cause: String, fix: String, patience: Duration = .zero
    ) -> CatalogueEntry {
        CatalogueEntry(code: code, severity: .failure, cause: cause, fix: fix, patience: patience)
    }

    static func warning(_ code: FailureCode, _ cause: String, fix: String) -> CatalogueEntry {
        CatalogueEntry(code: code, severity: .warning, cause: cause, fix: fix, patience: .zero)
    }

    /// The aggregator asks every backend again after at most 30 seconds
    /// (kube-aggregator, remote_available_controller.go: resync and longest backoff); 5 more for the answer.
    static let probeInterval = Duration.seconds(35)

    private static let apiAccess = [
        failure(
            .apiServerUnreachable, "kube-apiserver does not answer at the kubeconfig's address.",
            fix: "systemctl status kube-apiserver   # on the control-plane host", patience: .seconds(10)),
        failure(
            .credentialsRefused, "kube-apiserver does not accept the kubeconfig's credentials.",
            fix: "kubectl config view --minify   # which user, which certificate or token?"),
        failure(
            .notKubernetes, "What answers at this address is not a Kubernetes API server.",
            fix: "kubectl config view --minify   # is `server` right?"),
        failure(
            .apiServerNotTrusted, "The API server's certificate does not verify against the kubeconfig's CA.",
            fix: "kubectl config view --minify   # is `certificate-authority` that of this cluster?"),
        warning(
            .mayNotRead, "The caller may not read an object that would explain failures.",
            fix: "run verify as a cluster administrator"),
        warning(
            .apiServersNotVisible, "The API servers' own addresses cannot be asked from here, only what leads to them.",
            fix: "kbootstrap verify   # on a control-plane host, where they can be reached"),
        failure(
            .apiServerErrs, "kube-apiserver answers some of the questions with errors, so that nothing is proven.",
            fix: "kubectl get --raw '/readyz?verbose'", patience: .seconds(10)),
    ]

    private static let aggregationLayer = [
        failure(
            .requestHeaderCAMissing,
            "kube-apiserver publishes no requestheader CA: it runs without the aggregation flags.",
            fix: "kbootstrap apiserver-flags apply --restart   # on each control-plane host: adds the flags"),
        failure(
            .requestHeaderCAUnreadable, "The published requestheader CA is not a certificate.",
            fix: "kubectl -n kube-system delete configmap extension-apiserver-authentication   # it is made anew"),
        failure(
            .requestHeaderCAExpired, "The requestheader CA has expired.",
            fix: "kbootstrap certs rotate-ca begin   # on a control-plane host; says what comes next"),
        failure(
            .usernameHeadersMissing, "No username header is published: a proxied caller has no name.",
            fix: "kbootstrap apiserver-flags apply --restart   # on each control-plane host: adds the flag"),
        failure(
            .allowedNameEmpty, "The allowed names hold an empty name, usually quotes typed into a launch file.",
            fix: "kbootstrap apiserver-flags apply --restart   # on each control-plane host: the name, without quotes"),
        warning(
            .extraPrefixWithoutDash,
            "The extra-headers prefix is not X-Remote-Extra-: extra fields arrive under wrong names.",
            fix: "kbootstrap apiserver-flags apply --restart   # on each control-plane host: the prefix with its dash"),
        warning(
            .requestHeaderCAShared, "The requestheader CA is also a client CA: its holders may claim to be anybody.",
            fix:
                "kbootstrap certs rotate-ca begin   # on a control-plane host: to a CA of its own; says what comes next"
        ),
        warning(
            .groupHeadersMissing, "No group header is published: proxied callers arrive without their groups.",
            fix: "kbootstrap apiserver-flags apply --restart   # on each control-plane host: adds the flag"),
        failure(
            .publishedCARekeyed,
            """
            The published requestheader CA has the right name and another key: it was made anew, or differs between \
            control planes.
            """,
            fix: """
                kbootstrap apiserver-flags apply --restart   # on each control-plane host, once all have the same files: \
                kbootstrap certs bundle export
                """),
        failure(
            .clientNotSignedByPublishedCA,
            "The front-proxy client certificate is not signed by the published requestheader CA.",
            fix:
                "kbootstrap apiserver-flags apply --restart   # on each control-plane host: names the CA that signed it"
        ),
        failure(
            .clientNameNotAllowed, "The front-proxy client certificate's common name is not among the allowed names.",
            fix:
                "kbootstrap apiserver-flags apply --restart   # on each control-plane host: allows the certificate's name"
        ),
        failure(
            .clientExpired, "The front-proxy client certificate is outside its dates.",
            fix: "kbootstrap certs renew   # kube-apiserver takes it up within a minute; if it was not due: date"),
        failure(
            .clientUsageWrong, "The front-proxy client certificate is not made for client authentication.",
            fix: "kbootstrap certs front-proxy   # refuses, and says how to replace the certificate"),
        failure(
            .clientFilesBroken, "The front-proxy files on this host do not fit together.",
            fix: "kbootstrap certs status   # says what is wrong, and what to do"),
        failure(
            .noClientCertificate,
            "kube-apiserver shows the backend no client certificate, so its calls arrive as system:anonymous.",
            fix: "kbootstrap apiserver-flags apply --restart   # on each control-plane host: names certificate and key",
            patience: probeInterval),
        failure(
            .clientCertificateRejected, "The backend rejects the client certificate that kube-apiserver shows.",
            fix: "kbootstrap verify --front-proxy-dir /var/lib/kubernetes   # on the control-plane host: says why",
            patience: probeInterval),
        failure(
            .identityLost,
            "The backend takes the caller for somebody else: X-Remote-User is ignored, the certificate's own name counts.",
            fix:
                "kbootstrap apiserver-flags apply --restart   # on each control-plane host: allows the certificate's name"
        ),
        failure(
            .strangerAdmitted,
            "A user that nobody knows may read: the backend takes every caller for the certificate's own name, or asks nobody.",
            fix:
                "kbootstrap apiserver-flags apply --restart   # on each control-plane host: allows the certificate's name"
        ),
        failure(
            .authorizationNotDelegated,
            "The backend may not ask kube-apiserver what a caller may do: only administrators get through.",
            fix:
                "kbootstrap install-metrics   # binds system:auth-delegator to its ServiceAccount; for another API bind it yourself"
        ),
        warning(
            .backendNotVisible, "The backend cannot be reached from this host, so it was not asked by itself.",
            fix: "run verify on a control-plane host, or where pod addresses are routed"),
        failure(
            .authorizerTimesOut,
            "The backend waits for kube-apiserver's word on the caller until the caller has given up.",
            fix: "kubectl -n kube-system logs deployment/metrics-server   # does the pod reach kube-apiserver?",
            patience: probeInterval),
    ]

    private static let workload = [
        failure(.serviceMissing, "The APIService's Service does not exist.", fix: "kbootstrap install-metrics"),
        failure(
            .servicePortMismatch, "The Service does not listen on the port that the APIService names.",
            fix: "kbootstrap install-metrics   # Service and APIService as they belong together"),
        failure(
            .endpointsMissing, "The Service has no endpoints object: nothing matches its selector.",
            fix: "kbootstrap install-metrics   # Service and Deployment as they belong together",
            patience: .seconds(30)),
        failure(
            .noReadyAddresses, "No pod behind the Service is ready.",
            fix: "kubectl -n kube-system describe pods -l k8s-app=metrics-server", patience: .seconds(90)),
        failure(
            .portNameMissing, "Pods are ready, and none has a port of the name that the Service wants.",
            fix: "kbootstrap install-metrics   # Service and Deployment as they belong together",
            patience: .seconds(10)),
        failure(
            .podUnschedulable, "The scheduler finds no node for the pod.",
            fix: "kubectl -n kube-system describe pods -l k8s-app=metrics-server", patience: .seconds(30)),
        failure(
            .imageNotPulled, "The node cannot pull the image.",
            fix: "kubectl -n kube-system describe pods -l k8s-app=metrics-server", patience: .seconds(30)),
        failure(
            .podCrashing, "The container keeps ending.",
            fix: "kubectl -n kube-system logs --previous deployment/metrics-server", patience: .seconds(20)),
        failure(
            .podNotReady, "The pod runs, and is not ready: it has no metrics to serve yet.",
            fix: "kubectl -n kube-system logs deployment/metrics-server", patience: .seconds(90)),
        failure(
            .containerNotMade, "The kubelet cannot create the container: a volume, a Secret or the network is missing.",
            fix: "kubectl -n kube-system describe pods -l k8s-app=metrics-server", patience: .seconds(30)),
        failure(
            .noPods, "No pod matches the Service's selector.",
            fix: "kubectl -n kube-system get deployments,replicasets,pods", patience: .seconds(30)),
    ]

    private static let apiService = [
        failure(.apiServiceMissing, "The APIService does not exist.", fix: "kbootstrap install-metrics"),
        failure(
            .conditionMissing, "The aggregator has not looked at the APIService yet.",
            fix: "kubectl get apiservices   # does any of them have a condition?", patience: .seconds(40)),
        failure(
            .backendTimesOut, "kube-apiserver's connections to the backend get no answer.",
            fix: """
                kbootstrap apiserver-flags apply --restart   # on each control-plane host, so that it dials pods themselves; \
                they need a route, and their port open to it
                """, patience: probeInterval),
        failure(
            .backendRefuses, "Nothing listens where kube-apiserver dials.",
            fix: "kubectl -n kube-system get endpoints,pods -o wide   # targetPort, and is the pod up?",
            patience: probeInterval),
        failure(
            .backendNoRoute, "The control-plane host has no route to the backend, or a firewall rejects it.",
            fix: "ip route get POD-IP   # on the control-plane host", patience: probeInterval),
        failure(
            .proxyInBetween, "kube-apiserver dials through an HTTP proxy from its environment.",
            fix: "add the Service and pod networks and .svc to NO_PROXY in kube-apiserver's environment, restart it",
            patience: probeInterval),
        failure(
            .backendNotTrusted, "The backend's serving certificate does not verify against the APIService's caBundle.",
            fix: "kbootstrap install-metrics   # sets what belongs to the certificate", patience: probeInterval),
        failure(
            .backendBadStatus, "The backend answers the aggregator with an error.",
            fix: "kubectl -n kube-system logs deployment/metrics-server", patience: probeInterval),
        failure(
            .conditionOther, "The APIService is not available.",
            fix: "kubectl get apiservices -o yaml   # conditions", patience: probeInterval),
        failure(
            .conditionStale, "The condition says Available, and live requests fail: the condition is up to 30 s old.",
            fix: "kubectl -n kube-system get pods,endpoints", patience: probeInterval),
        failure(
            .discoveryEmpty, "The backend answers, and offers no resource.",
            fix: "kubectl -n kube-system logs deployment/metrics-server"),
        failure(
            .noTunnelAgent, "kube-apiserver dials through a tunnel (konnectivity) that has no agent.",
            fix: "kubectl -n kube-system get pods -l k8s-app=konnectivity-agent", patience: probeInterval),
        warning(
            .backendNotVerified,
            "kube-apiserver does not verify the backend's serving certificate (insecureSkipTLSVerify: true).",
            fix: "kbootstrap install-metrics   # serves with a certificate that kube-apiserver verifies"),
        warning(
            .backendCAEnds, "The CA that the APIService trusts its backend by ends within 30 days.",
            fix: "kbootstrap install-metrics --renew-serving-cert"),
        failure(
            .someAPIServersCannotReach,
            "Some of the API servers cannot use the backend, others can: Available flaps, and requests fail by chance.",
            fix: "kubectl -n default get endpoints kubernetes   # compare the flags and files of these hosts",
            patience: probeInterval),
        failure(
            .someAPIServersLoseIdentity,
            "Some of the API servers reach the backend, and it takes their callers for somebody else.",
            fix: "kubectl -n default get endpoints kubernetes   # compare the flags and files of these hosts",
            patience: probeInterval),
        warning(
            .someAPIServersCallItUnavailable,
            "Some of the API servers call the APIService unavailable in their own metrics, and reach it when asked.",
            fix: "kbootstrap verify   # again in a minute: what they call it is up to 30 s old"),
    ]

    private static let metrics = [
        failure(
            .nodeMetricsAbsent, "The metrics API answers, and knows no node.",
            fix: "kubectl -n kube-system logs deployment/metrics-server   # look for \"Failed to scrape node\"",
            patience: .seconds(75)),
        failure(
            .podMetricsAbsent, "The metrics API answers, and knows no pod although pods run.",
            fix: "kubectl get --raw /api/v1/nodes/NODE/proxy/metrics/resource   # does it list container_ rows?",
            patience: .seconds(75)),
        failure(
            .nodesWithoutMetrics, "Ready nodes have no metrics.",
            fix: "kubectl -n kube-system logs deployment/metrics-server   # look for \"Failed to scrape node\"",
            patience: .seconds(75)),
        failure(
            .metricsStale, "Metrics have stopped being renewed.",
            fix: "kubectl -n kube-system logs deployment/metrics-server", patience: .seconds(45)),
        failure(
            .callerDenied, "The API server does not let this caller read the aggregated API, so nothing is proven.",
            fix: "kbootstrap verify --as USER   # somebody who may, or as a cluster administrator"),
        warning(
            .podsWithoutMetrics, "Some running pods have no metrics.",
            fix: "kbootstrap top pods -A"),
        warning(
            .metricsZero, "Metrics are there, and zero: the kubelet has no figures from the container runtime.",
            fix: "kubectl get --raw /api/v1/nodes/NODE/proxy/metrics/resource   # is memory zero there too?"),
        warning(
            .autoscalerWithoutRequest,
            "An autoscaler wants a share of what its pods request, and they request nothing: metrics do not help it.",
            fix: "set resources.requests in the pods' template"),
    ]
}
