// SPDX-License-Identifier: Apache-2.0

/// How a cause looks in a backend's log: data, tried from the first row to the last.
struct LogSignature: Sendable {
    /// What the line is about.
    enum Subject: Sendable {
        /// A kubelet that gives no metrics.
        case scrape
        /// The process, which does not come up or cannot do its work.
        case process
        /// A call of kube-apiserver's that was refused.
        case authentication
    }

    let code: FailureCode
    let subject: Subject
    /// Each of these lists has a word in the line.
    private let words: [[String]]

    private init(_ code: FailureCode, _ subject: Subject, _ words: [String]...) {
        self.code = code
        self.subject = subject
        self.words = words
    }

    /// What a line says; nil for a line that says nothing known.
    static func of(_ line: String) -> LogSignature? {
        rows.first { row in row.words.allSatisfy { one in one.contains { line.contains($0) } } }
    }

    /// What an error says that a kubelet was met with, whoever met it; nil for one that is not known.
    static func ofScrape(_ error: String) -> LogSignature? {
        guard let found = of("\(scrape[0]) \(error)"), found.code != .kubeletNotScraped else { return nil }
        return found
    }

    /// metrics-server's words for a kubelet without metrics, from 0.3 on.
    private static let scrape = [
        "Failed to scrape node", "unable to fully scrape metrics", "unable to fetch metrics from",
    ]
    /// k8s.io/apiserver's, where a client certificate is not taken.
    private static let unauthenticated = ["Unable to authenticate the request"]

    private static let rows = [
        LogSignature(.kubeletCertificateWithoutAddress, .scrape, scrape, ["doesn't contain any IP SANs"]),
        LogSignature(
            .kubeletCertificateOtherName, .scrape, scrape,
            ["certificate is valid for", "certificate is not valid for any names", "Common Name field"]),
        LogSignature(.kubeletCertificateExpired, .scrape, scrape, ["has expired or is not yet valid"]),
        LogSignature(.kubeletNotTrusted, .scrape, scrape, ["signed by unknown authority"]),
        LogSignature(.kubeletWithoutCertificate, .scrape, scrape, ["tls: internal error"]),
        LogSignature(.kubeletSpeaksPlainHTTP, .scrape, scrape, ["HTTP response to HTTPS client"]),
        LogSignature(.kubeletRejectsToken, .scrape, scrape, ["401 Unauthorized", "status code 401", "\"401 "]),
        LogSignature(
            .kubeletSeesAnonymous, .scrape, scrape, ["403 Forbidden", "status code 403", "\"403 "],
            ["system:anonymous"]),
        LogSignature(.kubeletForbids, .scrape, scrape, ["403 Forbidden", "status code 403", "\"403 "]),
        LogSignature(
            .nodeNameNotResolved, .scrape, scrape, ["no such host", "server misbehaving", "Temporary failure in name"]),
        LogSignature(.nodeWithoutAddress, .scrape, scrape, ["no address matched"]),
        LogSignature(.kubeletRefusesConnection, .scrape, scrape, ["connection refused"]),
        LogSignature(.kubeletNoRoute, .scrape, scrape, ["no route to host", "network is unreachable"]),
        LogSignature(
            .kubeletTimesOut, .scrape, scrape,
            ["i/o timeout", "deadline exceeded", "timeout to access kubelet", "Client.Timeout", "handshake timeout"]),
        LogSignature(
            .kubeletAnswerUnreadable, .scrape, scrape, ["failed parsing metrics", "expected timestamp or new record"]),
        LogSignature(.kubeletNotScraped, .scrape, scrape),

        LogSignature(
            .publishedCARekeyed, .authentication, unauthenticated,
            ["verification error\" while trying to verify candidate", "verification error\\\" while trying to verify"]),
        LogSignature(.allowedNameEmpty, .authentication, unauthenticated, ["is not in the allowed list: []"]),
        LogSignature(.clientNameNotAllowed, .authentication, unauthenticated, ["is not in the allowed list"]),
        LogSignature(.clientUsageWrong, .authentication, unauthenticated, ["incompatible key usage"]),
        LogSignature(.clientExpired, .authentication, unauthenticated, ["has expired or is not yet valid"]),
        LogSignature(
            .clientNotSignedByPublishedCA, .authentication, unauthenticated,
            ["[x509: certificate signed by unknown authority", "\"x509: certificate signed by unknown authority"]),
        // The front proxy's verifier passed, and only the client CA's complains: there was no name in the headers.
        LogSignature(.usernameHeadersMissing, .authentication, unauthenticated, ["=\"verifying certificate SN="]),
        LogSignature(.authorizerTimesOut, .authentication, ["Failed to make webhook authorizer request"]),

        LogSignature(
            .requestHeaderCAMissing, .process,
            [
                "doesn't provide requestheader-client-ca-file",
                "extension-apiserver-authentication::requestheader-client-ca-file",
            ]),
        LogSignature(.portNotPermitted, .process, ["bind: permission denied"]),
        LogSignature(.portInUse, .process, ["bind: address already in use"]),
        LogSignature(.unknownFlag, .process, ["unknown flag:", "unknown shorthand flag"]),
        LogSignature(
            .executionNotPermitted, .process, ["exec user process caused: operation not permitted"]),
        LogSignature(
            .apiServerUnreachableFromPod, .process,
            ["unable to load configmap", "Unable to get configmap", "failed to list", "unable to discover"],
            ["i/o timeout", "no route to host", "connection refused", "network is unreachable"]),
        LogSignature(
            .authenticationReaderMissing, .process,
            ["Unable to get configmap/extension-apiserver-authentication", "extension-apiserver-authentication\""],
            ["rolebinding", "forbidden"]),
    ]
}
