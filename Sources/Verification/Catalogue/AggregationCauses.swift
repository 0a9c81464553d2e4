// SPDX-License-Identifier: Apache-2.0

internal import Core

/// What kube-apiserver publishes for backends, and the certificate that it shows them.
extension Catalogue {
    private static let trust = "kube-apiserver, controller/clusterauthenticationtrust"
    /// k8s.io/apiserver, where a client certificate is not taken.
    private static let unauthenticated = ["Unable to authenticate the request"]

    /// - Parameter why: the remark behind the command.
    private static func apply(_ why: String) -> Hint {
        .fix("kbootstrap apiserver-flags apply --restart\(.frontProxyFiles)", "on each control-plane host: \(why)")
    }

    static let aggregationLayer = [
        Cause(
            .requestHeaderCAMissing,
            "kube-apiserver publishes no requestheader CA: it runs without the aggregation flags.",
            fix: apply("adds the flags"),
            seen: "ConfigMap kube-system/extension-apiserver-authentication without requestheader-client-ca-file; log: "
                + "Cluster doesn't provide requestheader-client-ca-file",
            reference: "ms#531, ms#22, ms#78, kubespray#2092",
            signatures: [
                Signature(.process, ["doesn't provide requestheader-client-ca-file"]),
                Signature(
                    .process, ["missing content for CA bundle"],
                    ["extension-apiserver-authentication::requestheader-client-ca-file"]),
            ],
            explains: .noIdentity.and(.crash).and([.noClientCertificate, .authorizerTimesOut, .backendTimesOut]),
            contradictedBy: [.requestHeaderCAPublished]),
        Cause(
            .requestHeaderCAUnreadable, "The published requestheader CA is not a certificate.",
            fix: .look(
                "kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml",
                "then put the right file into --requestheader-client-ca-file on each control-plane host"),
            seen: "the same ConfigMap with a requestheader-client-ca-file that is no PEM", reference: trust,
            explains: .noIdentity.and(.crash), contradictedBy: [.requestHeaderCAPublished]),
        Cause(
            .requestHeaderCAExpired, "The requestheader CA has expired.",
            fix: .fix(
                "kbootstrap certs rotate-ca begin\(.frontProxyFiles)", "on a control-plane host; says what comes next"),
            seen: "a published CA past its end, or none, with one past its end on disk", reference: trust,
            explains: .noIdentity.and(.crash).and([.clientNotSignedByPublishedCA, .clientExpired]),
            contradictedBy: [.requestHeaderCAPublished]),
        Cause(
            .publishedCARekeyed,
            "The published requestheader CA has the right name and another key.",
            fix: .fix(
                "kbootstrap apiserver-flags apply --restart\(.frontProxyFiles)",
                "on each control-plane host, once all have the same files: kbootstrap certs bundle export"),
            seen: "\"crypto/rsa: verification error\" while trying to verify candidate authority certificate",
            reference: "ms#314, ms#319, ms#474",
            signatures: [
                Signature(
                    .authentication, unauthenticated,
                    [
                        "verification error\" while trying to verify candidate",
                        "verification error\\\" while trying to verify",
                    ])
            ],
            explains: .noIdentity, contradictedBy: [.callerArrives]),
        Cause(
            .allowedNameEmpty, "The allowed names hold an empty name, usually quotes typed into a launch file.",
            fix: apply("the name, without quotes"),
            seen: "requestheader-allowed-names holds quotes; log: … is not in the allowed list: []",
            reference: "opsnull#244, opsnull#250",
            signatures: [Signature(.authentication, unauthenticated, ["is not in the allowed list: []"])],
            explains: .noIdentity.and([.clientNameNotAllowed]), contradictedBy: [.allowedNamesPublished]),
        Cause(
            .clientNameNotAllowed, "The front-proxy client certificate's common name is not among the allowed names.",
            fix: apply("allows the certificate's name"),
            seen: "log: subject with cn=X is not in the allowed list: [Y]", reference: "ms#292, ms#376, ms#40",
            signatures: [Signature(.authentication, unauthenticated, ["is not in the allowed list"])],
            explains: .noIdentity, contradictedBy: [.callerArrives]),
        Cause(
            .clientUsageWrong, "The front-proxy client certificate is not made for client authentication.",
            fix: .look(
                "kbootstrap certs front-proxy\(.frontProxyFiles)", "refuses, and says how to replace the certificate"),
            seen: "log: certificate specifies an incompatible key usage", reference: "ms#1279",
            signatures: [Signature(.authentication, unauthenticated, ["incompatible key usage"])],
            explains: .noIdentity, contradictedBy: [.callerArrives]),
        Cause(
            .clientExpired, "The front-proxy client certificate is outside its dates.",
            fix: .fix(
                "kbootstrap certs renew\(.frontProxyFiles)",
                "kube-apiserver reads it within a minute; if it was not due, check the clock: date"),
            seen: "log: certificate has expired or is not yet valid", reference: "ms#1059",
            signatures: [Signature(.authentication, unauthenticated, ["has expired or is not yet valid"])],
            explains: .noIdentity, contradictedBy: [.callerArrives]),
        Cause(
            .clientNotSignedByPublishedCA,
            "The front-proxy client certificate is not signed by the published requestheader CA.",
            fix: apply("names the CA that signed it"),
            seen: "condition: bad status … 401; log: x509: certificate signed by unknown authority",
            reference: "ms#474, k/k#68439",
            signatures: [
                Signature(
                    .authentication, unauthenticated,
                    [
                        "[x509: certificate signed by unknown authority",
                        "\"x509: certificate signed by unknown authority",
                    ])
            ],
            explains: .noIdentity, contradictedBy: [.callerArrives]),
        Cause(
            .extraPrefixWithoutDash,
            "The extra-headers prefix is not X-Remote-Extra-: extra fields arrive under wrong names.",
            severity: .warning, fix: apply("the prefix with its dash"),
            seen: "requestheader-extra-headers-prefix without its last dash",
            reference: "kube-apiserver's own warning: API aggregation will not work"),
        Cause(
            .requestHeaderCAShared, "The requestheader CA is also a client CA: its holders may claim to be anybody.",
            severity: .warning,
            fix: .fix(
                "kbootstrap certs rotate-ca begin\(.frontProxyFiles)",
                "on a control-plane host: to a CA of its own; says what comes next"),
            seen: "the same key in client-ca-file and requestheader-client-ca-file",
            reference: "kubernetes.io, Configure the Aggregation Layer: CA reusage and conflicts"),
        Cause(
            .groupHeadersMissing, "No group header is published: proxied callers arrive without their groups.",
            severity: .warning, fix: apply("adds the flag"),
            seen: "requestheader-group-headers: []; HTTP 403 for a user whose groups allow it"),
        Cause(
            .publishedConfigTooLarge,
            "ConfigMap extension-apiserver-authentication is near its limit of 1 MiB.", severity: .warning,
            fix: .fix(
                "kbootstrap certs rotate-ca finish --prune\(.frontProxyFiles)",
                "takes CAs out that no API server uses; do not delete the ConfigMap: running backends keep the old trust until they restart"
            ),
            seen: "a ConfigMap with hundreds of CAs; kube-apiserver deletes it where it grows too large",
            reference: "aws/containers-roadmap#2786"),
        Cause(
            .clientFilesBroken, "The front-proxy files on this host do not fit together.",
            fix: .look("kbootstrap certs status\(.frontProxyFiles)", "says what is wrong, and what to do"),
            seen: "a certificate, key or CA on this host that does not belong to the others",
            explains: .noIdentity.and([.noClientCertificate])),
        Cause(
            .noClientCertificate,
            "kube-apiserver shows the backend no client certificate, so its calls arrive as system:anonymous.",
            fix: apply("names certificate and key"), patience: probeInterval,
            seen: "condition: bad status … 403; User \"system:anonymous\" cannot get path",
            reference: "ms#623, ms#378, ms#1084", explains: .unavailable.and(.noMetrics),
            contradictedBy: [.discoveryAnswers, .callerArrives]),
        Cause(
            .clientCertificateRejected, "The backend rejects the client certificate that kube-apiserver shows.",
            fix: .look(
                "kbootstrap verify --front-proxy-dir /var/lib/kubernetes", "on the control-plane host: says why"),
            patience: probeInterval,
            seen: "condition: bad status … 401, or remote error: tls: unknown certificate authority",
            reference: "ms#474",
            signatures: [
                // Alerts of a server, or a mesh's proxy, that takes certificates of its own CA only (RFC 8446, 6.2).
                Signature(
                    .connection, ["remote error: tls:"],
                    [
                        "unknown certificate", "bad certificate", "certificate required", "unsupported certificate",
                        "revoked certificate", "expired certificate", "access denied",
                    ]),
                Signature(
                    .connection,
                    [
                        "ALERT_UNKNOWN_CA", "ALERT_BAD_CERTIFICATE", "ALERT_CERTIFICATE_REQUIRED",
                        "ALERT_CERTIFICATE_UNKNOWN", "ALERT_UNSUPPORTED_CERTIFICATE", "ALERT_CERTIFICATE_EXPIRED",
                    ]),
            ],
            explains: .unavailable.and(.noMetrics),
            contradictedBy: [.discoveryAnswers, .certificateTaken, .callerArrives]),
        Cause(
            .identityLost,
            "The backend takes the caller for somebody else: it ignores X-Remote-User and takes the certificate's own name.",
            fix: apply("allows the certificate's name"),
            seen: "condition True, and requests are forbidden to a user that is the certificate's name",
            reference: "ms#550, ms#40, ms#23",
            explains: .unavailable.and(.noMetrics).and([.unknownUserAdmitted]), contradictedBy: [.callerArrives]),
        Cause(
            .unknownUserAdmitted,
            "The backend lets an unknown user read: it takes every caller for the certificate's own name, or asks nobody.",
            fix: apply("allows the certificate's name"), seen: "an answer to a user that does not exist"),
        Cause(
            .authorizationNotDelegated,
            "The backend may not ask kube-apiserver what a caller may do: only administrators get through.",
            fix: .fix("\(.installMetrics)", "binds system:auth-delegator to its ServiceAccount"),
            elsewhere: .advice("bind ClusterRole system:auth-delegator to the backend's ServiceAccount"),
            seen: "a backend that says subjectaccessreviews is forbidden to it", reference: "k8s.io/apiserver",
            signatures: [Signature(.process, ["subjectaccessreviews", "tokenreviews"], ["is forbidden"])],
            explains: .unavailable.and(.noMetrics), contradictedBy: [.reviewsAnswered, .accountHasRights]),
        Cause(
            .webhookBreaksReviews,
            "An admission webhook refuses SubjectAccessReviews: backends and kubelets cannot check their callers.",
            fix: .look(
                "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations",
                "exclude subjectaccessreviews and tokenreviews from its rules"),
            seen: "HTTP 500 from the backend, or for a review: failed calling webhook, or admission webhook denied",
            reference: "kyverno#2796, kyverno#7670",
            signatures: [
                // A webhook's name is quoted; what k8s.io/apiserver calls its webhook authorizer is another thing.
                Signature(
                    .process,
                    [
                        "Internal Server Error: \"/apis/", "authorizer request", "ubjectAccessReview",
                        "subjectaccessreview",
                    ],
                    ["webhook \"", "webhook \\\""])
            ],
            explains: .unavailable.and(.noMetrics).and(.notReady).and([
                .kubeletRejectsToken, .kubeletForbids, .kubeletSeesAnonymous, .authorizerTimesOut,
            ]), contradictedBy: [.reviewsAnswered]),
        Cause(
            .backendNotVisible, "The backend cannot be reached from this host, so it was not asked by itself.",
            severity: .warning, fix: .advice("run verify on a control-plane host, or where pod addresses are routed"),
            seen: "a backend's address that does not answer from here"),
        Cause(
            .authorizerTimesOut,
            "The backend waits for kube-apiserver's word on the caller until the caller has given up.",
            fix: .look("kubectl -n \(.namespace) logs deployment/\(.deployment)", "does the pod reach kube-apiserver?"),
            patience: probeInterval,
            seen: "log: Failed to make webhook authorizer request … context canceled", reference: "ms#22",
            signatures: [
                Signature(
                    .authentication, ["Failed to make webhook authorizer request"],
                    ["context canceled", "deadline exceeded", "timeout"])
            ],
            explains: [.backendTimesOut], contradictedBy: [.reviewsAnswered]),
        Cause(
            .usernameHeadersMissing, "No username header is published: a proxied caller has no name.",
            fix: apply("adds the flag"),
            seen: "requestheader-username-headers: []; log: only \"verifying certificate SN=…\"",
            reference: "k8s.io/apiserver, authentication/request/headerrequest",
            signatures: [
                // The front proxy's verifier passed, and only the client CA's complains: there was no name in the headers.
                // It is the last of this source, since the others' lines hold these words too.
                Signature(
                    .authentication, unauthenticated,
                    ["=\"verifying certificate SN=", ":\"verifying certificate SN="])
            ],
            explains: .noIdentity, contradictedBy: [.headersPublished]),
    ]
}
