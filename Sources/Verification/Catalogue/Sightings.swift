// SPDX-License-Identifier: Apache-2.0

/// By what a cause is known, and where others have met it.
public struct Sighting: Sendable, Equatable {
    /// What is seen: a condition's reason, a log line, an object's state.
    public let signature: String
    /// Issues of kubernetes-sigs/metrics-server (ms#), kubernetes/kubernetes (k/k#) and others, or the source that says it;
    /// empty where the cause was only ever met in the lab.
    public let reference: String

    init(_ signature: String, _ reference: String = "") {
        self.signature = signature
        self.reference = reference
    }
}

extension Catalogue {
    /// The row of `code`; every code has one, which a test holds.
    public static func sighting(_ code: FailureCode) -> Sighting { sightings[code] ?? Sighting("") }

    private static let trust = "kube-apiserver, controller/clusterauthenticationtrust"
    private static let aggregator = "kube-aggregator, remote_available_controller.go"

    private static let sightings: [FailureCode: Sighting] = [
        .apiServerUnreachable: Sighting("connection refused, no route, or no answer in time"),
        .credentialsRefused: Sighting(
            "HTTP 401 from kube-apiserver, or a kubeconfig's credentials that cannot be read"),
        .notKubernetes: Sighting("an answer of /version that is not Kubernetes'"),
        .apiServerNotTrusted: Sighting("a TLS handshake that fails on the server's certificate"),
        .mayNotRead: Sighting("HTTP 403 for an object that explains failures"),
        .apiServersNotVisible: Sighting("addresses of Endpoints default/kubernetes that do not answer from here"),
        .apiServerErrs: Sighting("HTTP 5xx, or no answer, to a question that kube-apiserver answers by itself"),

        .requestHeaderCAMissing: Sighting(
            "ConfigMap kube-system/extension-apiserver-authentication without requestheader-client-ca-file; log: Cluster "
                + "doesn't provide requestheader-client-ca-file", "ms#531, ms#22, ms#78, kubespray#2092"),
        .requestHeaderCAUnreadable: Sighting(
            "the same ConfigMap with a requestheader-client-ca-file that is no PEM", trust),
        .requestHeaderCAExpired: Sighting("a published CA past its end, or none, with one past its end on disk", trust),
        .usernameHeadersMissing: Sighting(
            "requestheader-username-headers: []; log: only \"verifying certificate SN=…\"",
            "k8s.io/apiserver, authentication/request/headerrequest"),
        .allowedNameEmpty: Sighting(
            "requestheader-allowed-names holds quotes; log: … is not in the allowed list: []",
            "opsnull#244, opsnull#250"),
        .extraPrefixWithoutDash: Sighting(
            "requestheader-extra-headers-prefix without its last dash",
            "kube-apiserver's own warning: API aggregation will not work"),
        .requestHeaderCAShared: Sighting(
            "the same key in client-ca-file and requestheader-client-ca-file",
            "kubernetes.io, Configure the Aggregation Layer: CA reusage and conflicts"),
        .groupHeadersMissing: Sighting("requestheader-group-headers: []; HTTP 403 for a user whose groups allow it"),
        .publishedCARekeyed: Sighting(
            "\"crypto/rsa: verification error\" while trying to verify candidate authority certificate",
            "ms#314, ms#319, ms#474"),
        .clientNotSignedByPublishedCA: Sighting(
            "condition: bad status … 401; log: x509: certificate signed by unknown authority", "ms#474, k/k#68439"),
        .clientNameNotAllowed: Sighting(
            "log: subject with cn=X is not in the allowed list: [Y]", "ms#292, ms#376, ms#40"),
        .clientExpired: Sighting("log: certificate has expired or is not yet valid", "ms#1059"),
        .clientUsageWrong: Sighting("log: certificate specifies an incompatible key usage", "ms#1279"),
        .clientFilesBroken: Sighting("a certificate, key or CA on this host that does not belong to the others"),
        .noClientCertificate: Sighting(
            "condition: bad status … 403; User \"system:anonymous\" cannot get path", "ms#623, ms#378, ms#1084"),
        .clientCertificateRejected: Sighting("condition: bad status … 401", "ms#474"),
        .identityLost: Sighting(
            "condition True, and requests are forbidden to a user that is the certificate's name",
            "ms#550, ms#40, ms#23"),
        .strangerAdmitted: Sighting("a backend that lets a user in whom nobody knows"),
        .authorizationNotDelegated: Sighting("a backend that says subjectaccessreviews is forbidden to it"),
        .backendNotVisible: Sighting("a backend's address that does not answer from here"),
        .authorizerTimesOut: Sighting("log: Failed to make webhook authorizer request … context canceled", "ms#22"),

        .serviceMissing: Sighting("condition: ServiceNotFound", aggregator),
        .servicePortMismatch: Sighting("condition: ServicePortError … is not listening on port N", aggregator),
        .endpointsMissing: Sighting("condition: EndpointsNotFound; the Service's selector matches nothing", aggregator),
        .noReadyAddresses: Sighting("condition: MissingEndpoints … have no addresses", aggregator),
        .portNameMissing: Sighting(
            "condition: MissingEndpoints … with port name \"https\", while pods are ready", aggregator),
        .podUnschedulable: Sighting("PodScheduled False: untolerated taint, or pod anti-affinity rules", "ms#1148"),
        .imageNotPulled: Sighting("ImagePullBackOff, ErrImagePull; 403 from k8s.gcr.io", "k8s.io#3194, ms#919, ms#506"),
        .podCrashing: Sighting("CrashLoopBackOff"),
        .podNotReady: Sighting("readiness 500: metric-storage-ready, no metrics to serve", "ms#767, ms#917, ms#975"),
        .noPods: Sighting("no pod with the Service's labels"),
        .podForbidden: Sighting("event FailedCreate: violates PodSecurity"),
        .quotaExceeded: Sighting("event FailedCreate: exceeded quota"),
        .containerNotMade: Sighting("CreateContainerConfigError, or events FailedMount and FailedCreatePodSandBox"),
        .portNotPermitted: Sighting("log: bind: permission denied", "ms#782, ms#814"),
        .portInUse: Sighting("log: listen tcp 0.0.0.0:10250: bind: address already in use", "ms#1026, k3s#11362"),
        .unknownFlag: Sighting("log: unknown flag", "ms#617"),
        .executionNotPermitted: Sighting(
            "exec user process caused: operation not permitted", "kubespray#7886"),
        .authenticationReaderMissing: Sighting(
            "log: Unable to get configmap/extension-apiserver-authentication … Usually fixed by kubectl create rolebinding"
        ),
        .apiServerUnreachableFromPod: Sighting(
            "log: unable to load configmap … dial tcp 10.96.0.1:443: i/o timeout", "k/k#106060, ms#1032, ms#1282"),
        .outOfMemory: Sighting("a container that was OOMKilled"),

        .apiServiceMissing: Sighting("APIService NotFound; kubectl: Metrics API not available", "ms#1282, ms#1025"),
        .conditionMissing: Sighting("an APIService without a condition", aggregator),
        .backendTimesOut: Sighting(
            "condition: FailedDiscoveryCheck … context deadline exceeded, i/o timeout",
            "k/k#55238, k/k#71649, ms#188, ms#281, ms#1154"),
        .backendRefuses: Sighting("condition: FailedDiscoveryCheck … connection refused", "ms#203"),
        .backendNoRoute: Sighting("condition: FailedDiscoveryCheck … no route to host", "ms#208, ms#424, ms#744"),
        .proxyInBetween: Sighting(
            "condition: FailedDiscoveryCheck … proxyconnect, or Forbidden", "ms#543, ms#448, ms#131"),
        .backendNotTrusted: Sighting("error trying to reach service: x509: …", "ms#544, ms#576, k/k#135883"),
        .backendBadStatus: Sighting("condition: FailedDiscoveryCheck … bad status", aggregator),
        .conditionOther: Sighting("an Available condition that is not True, with a reason of its own", aggregator),
        .conditionStale: Sighting("condition True, and a live request that fails", aggregator),
        .discoveryEmpty: Sighting("a group version without resources"),
        .noTunnelAgent: Sighting("condition: No agent available", "k0s#5809, k0s#5503"),
        .backendNotVerified: Sighting("insecureSkipTLSVerify: true", "ms#544"),
        .backendCAEnds: Sighting("a caBundle whose last certificate ends soon"),
        .someAPIServersCannotReach: Sighting(
            "Available flaps; aggregator_unavailable_apiservice differs between API servers", "ms#58, puppetlabs#275"),
        .someAPIServersLoseIdentity: Sighting("HTTP 403 through one API server, and an answer through another"),
        .someAPIServersCallItUnavailable: Sighting("aggregator_unavailable_apiservice 1, and an answer"),

        .nodeMetricsAbsent: Sighting("an empty list of node metrics", "ms#349, ms#237, ms#299"),
        .podMetricsAbsent: Sighting("an empty list of pod metrics", "ms#908, k/k#103366, ms#1018"),
        .nodesWithoutMetrics: Sighting("Ready nodes that the metrics API does not list", "ms#165, ms#971, ms#1117"),
        .metricsStale: Sighting("timestamps of more than two minutes ago"),
        .callerDenied: Sighting("HTTP 403 that names the caller"),
        .podsWithoutMetrics: Sighting("running pods that the metrics API does not list", "ms#908"),
        .autoscalerWithoutRequest: Sighting(
            "HPA condition FailedGetResourceMetric: missing request for cpu", "k/k#79365"),
        .metricsZero: Sighting("memory 0 in node or pod metrics", "ms#1117"),

        .kubeletCertificateWithoutAddress: Sighting(
            "log: cannot validate certificate for IP because it doesn't contain any IP SANs", "ms#196, ms#1025, ms#1588"
        ),
        .kubeletCertificateOtherName: Sighting("log: certificate is valid for A, not B", "ms#211"),
        .kubeletNotTrusted: Sighting("log: certificate signed by unknown authority, of a kubelet", "ms#146"),
        .kubeletWithoutCertificate: Sighting("log: remote error: tls: internal error", "ms#1480, ms#1704, k/k#59372"),
        .kubeletCertificateExpired: Sighting("log: certificate has expired, of a kubelet", "kubeadm#2186, k/k#62533"),
        .kubeletRejectsToken: Sighting("log: 401 Unauthorized, of a kubelet", "ms#144, ms#212, ms#963"),
        .kubeletSeesAnonymous: Sighting("log: 403 Forbidden … system:anonymous", "ms#95, ms#579, ms#288"),
        .kubeletForbids: Sighting(
            "log: 403 Forbidden … subresource=stats or metrics", "kubespray#9289, ms#1049, k0s#2398"),
        .kubeletRefusesConnection: Sighting("log: dial tcp IP:10250: connection refused"),
        .kubeletTimesOut: Sighting("log: i/o timeout, context deadline exceeded", "ms#917, ms#907"),
        .kubeletNoRoute: Sighting("log: no route to host, of a kubelet"),
        .nodeNameNotResolved: Sighting("log: lookup NODE: no such host", "ms#131, ms#143, ms#153"),
        .nodeWithoutAddress: Sighting("log: no address matched types", "metrics-server, pkg/utils/address_resolver.go"),
        .kubeletAnswerUnreadable: Sighting("log: expected timestamp or new record", "ms#1141, ms#983"),
        .kubeletSpeaksPlainHTTP: Sighting("log: server gave HTTP response to HTTPS client"),
        .kubeletNotScraped: Sighting("log: Failed to scrape node"),
    ]
}
