// SPDX-License-Identifier: Apache-2.0

/// What is known of kube-apiserver's flags: `kube-apiserver --help` of v1.20.2, and what came and went since, from the
/// releases' changelogs. A flag that is not here is not judged, unless it looks like a slip of one that is.
enum APIServerFlagTable {
    /// Flags with the minor versions that have them.
    struct Span: Sendable {
        let since: Int?
        /// The first minor version that refuses it.
        let removed: Int?
        let instead: String?

        init(since: Int? = nil, removed: Int? = nil, instead: String? = nil) {
            self.since = since
            self.removed = removed
            self.instead = instead
        }
    }

    private static let loggingGone = Span(removed: 26, instead: "leave it out: logs go to stderr since 1.26")

    static let spans: [String: Span] = [
        "insecure-port": Span(removed: 24, instead: "leave it out: there is no insecure port since 1.20"),
        "insecure-bind-address": Span(removed: 24, instead: "leave it out: there is no insecure port since 1.20"),
        "basic-auth-file": Span(removed: 19, instead: "leave it out, and use client certificates or tokens"),
        "add-dir-header": loggingGone, "alsologtostderr": loggingGone, "log-backtrace-at": loggingGone,
        "log-dir": loggingGone, "log-file": loggingGone, "log-file-max-size": loggingGone,
        "logtostderr": loggingGone, "one-output": loggingGone, "skip-headers": loggingGone,
        "skip-log-headers": loggingGone, "stderrthreshold": loggingGone,
        "kubelet-https": Span(removed: 22, instead: "leave it out: kubelets are always asked over HTTPS"),
        "tracing-config-file": Span(since: 22),
        "aggregator-reject-forwarding-redirect": Span(since: 23),
        "encryption-provider-config-automatic-reload": Span(since: 26),
        "authentication-config": Span(since: 29), "authorization-config": Span(since: 29),
        "emulated-version": Span(since: 31), "requestheader-uid-headers": Span(since: 32),
    ]

    /// Flags that need no value.
    static let booleans: Set<String> = [
        "add-dir-header", "allow-privileged", "alsologtostderr", "anonymous-auth", "audit-log-batch-throttle-enable",
        "audit-log-compress", "audit-log-truncate-enabled", "audit-webhook-batch-throttle-enable",
        "audit-webhook-truncate-enabled", "contention-profiling", "enable-aggregator-routing",
        "enable-bootstrap-token-auth", "enable-garbage-collector", "enable-priority-and-fairness",
        "experimental-logging-sanitization", "help", "logtostderr", "one-output", "permit-port-sharing", "profiling",
        "service-account-extend-token-expiration", "service-account-lookup", "skip-headers", "skip-log-headers",
        "watch-cache",
        "aggregator-reject-forwarding-redirect", "emulation-forward-compatible",
        "encryption-provider-config-automatic-reload", "kubelet-https", "log-json-split-stream",
        "runtime-config-emulation-forward-compatible", "shutdown-send-retry-after",
    ]

    /// Flags whose occurrences add up, where other flags' last one counts.
    static let lists: Set<String> = [
        "admission-control", "api-audiences", "authorization-mode", "cors-allowed-origins",
        "disable-admission-plugins", "enable-admission-plugins", "etcd-servers", "etcd-servers-overrides",
        "kubelet-preferred-address-types", "oidc-signing-algs", "requestheader-allowed-names",
        "requestheader-extra-headers-prefix", "requestheader-group-headers", "requestheader-username-headers",
        "service-account-key-file", "tls-cipher-suites", "watch-cache-sizes", "requestheader-uid-headers",
        "feature-gates", "oidc-required-claim", "runtime-config", "tls-sni-cert-key",
    ]

    /// Lists that are not written as CSV.
    static let plainLists: Set<String> = [
        "feature-gates", "oidc-required-claim", "runtime-config", "service-account-key-file", "tls-sni-cert-key",
    ]

    /// The lists among the requestheader flags.
    static let requestHeaderLists = [
        "requestheader-allowed-names", "requestheader-username-headers", "requestheader-group-headers",
        "requestheader-extra-headers-prefix",
    ]

    static let known: Set<String> = [
        "add-dir-header", "admission-control", "admission-control-config-file", "advertise-address",
        "allow-privileged", "alsologtostderr", "anonymous-auth", "api-audiences", "apiserver-count",
        "audit-log-batch-buffer-size", "audit-log-batch-max-size", "audit-log-batch-max-wait",
        "audit-log-batch-throttle-burst", "audit-log-batch-throttle-enable", "audit-log-batch-throttle-qps",
        "audit-log-compress", "audit-log-format", "audit-log-maxage", "audit-log-maxbackup", "audit-log-maxsize",
        "audit-log-mode", "audit-log-path", "audit-log-truncate-enabled", "audit-log-truncate-max-batch-size",
        "audit-log-truncate-max-event-size", "audit-log-version", "audit-policy-file",
        "audit-webhook-batch-buffer-size", "audit-webhook-batch-max-size", "audit-webhook-batch-max-wait",
        "audit-webhook-batch-throttle-burst", "audit-webhook-batch-throttle-enable",
        "audit-webhook-batch-throttle-qps", "audit-webhook-config-file", "audit-webhook-initial-backoff",
        "audit-webhook-mode", "audit-webhook-truncate-enabled", "audit-webhook-truncate-max-batch-size",
        "audit-webhook-truncate-max-event-size", "audit-webhook-version", "authentication-token-webhook-cache-ttl",
        "authentication-token-webhook-config-file", "authentication-token-webhook-version", "authorization-mode",
        "authorization-policy-file", "authorization-webhook-cache-authorized-ttl",
        "authorization-webhook-cache-unauthorized-ttl", "authorization-webhook-config-file",
        "authorization-webhook-version", "bind-address", "cert-dir", "client-ca-file", "cloud-config",
        "cloud-provider", "cloud-provider-gce-l7lb-src-cidrs", "contention-profiling", "cors-allowed-origins",
        "default-not-ready-toleration-seconds", "default-unreachable-toleration-seconds", "default-watch-cache-size",
        "delete-collection-workers", "disable-admission-plugins", "egress-selector-config-file",
        "enable-admission-plugins", "enable-aggregator-routing", "enable-bootstrap-token-auth",
        "enable-garbage-collector", "enable-priority-and-fairness", "encryption-provider-config",
        "endpoint-reconciler-type", "etcd-cafile", "etcd-certfile", "etcd-compaction-interval",
        "etcd-count-metric-poll-period", "etcd-db-metric-poll-interval", "etcd-healthcheck-timeout", "etcd-keyfile",
        "etcd-prefix", "etcd-servers", "etcd-servers-overrides", "event-ttl", "experimental-logging-sanitization",
        "external-hostname", "feature-gates", "goaway-chance", "help", "http2-max-streams-per-connection",
        "identity-lease-duration-seconds", "identity-lease-renew-interval-seconds", "kubelet-certificate-authority",
        "kubelet-client-certificate", "kubelet-client-key", "kubelet-preferred-address-types", "kubelet-timeout",
        "kubernetes-service-node-port", "livez-grace-period", "log-backtrace-at", "log-dir", "log-file",
        "log-file-max-size", "log-flush-frequency", "logging-format", "logtostderr", "master-service-namespace",
        "max-connection-bytes-per-sec", "max-mutating-requests-inflight", "max-requests-inflight",
        "min-request-timeout", "oidc-ca-file", "oidc-client-id", "oidc-groups-claim", "oidc-groups-prefix",
        "oidc-issuer-url", "oidc-required-claim", "oidc-signing-algs", "oidc-username-claim", "oidc-username-prefix",
        "one-output", "permit-port-sharing", "profiling", "proxy-client-cert-file", "proxy-client-key-file",
        "request-timeout", "requestheader-allowed-names", "requestheader-client-ca-file",
        "requestheader-extra-headers-prefix", "requestheader-group-headers", "requestheader-username-headers",
        "runtime-config", "secure-port", "service-account-extend-token-expiration", "service-account-issuer",
        "service-account-jwks-uri", "service-account-key-file", "service-account-lookup",
        "service-account-max-token-expiration", "service-account-signing-key-file", "service-cluster-ip-range",
        "service-node-port-range", "show-hidden-metrics-for-version", "shutdown-delay-duration", "skip-headers",
        "skip-log-headers", "stderrthreshold", "storage-backend", "storage-media-type", "tls-cert-file",
        "tls-cipher-suites", "tls-min-version", "tls-private-key-file", "tls-sni-cert-key", "token-auth-file", "v",
        "version", "vmodule", "watch-cache", "watch-cache-sizes",
    ]

    /// The known flag that `name` is most likely a slip of: within two letters.
    static func nearest(to name: String) -> String? {
        guard !known.contains(name), spans[name] == nil, name.utf8.count > 6 else { return nil }
        return known.map { ($0, distance(Array(name.utf8), Array($0.utf8))) }.filter { $0.1 <= 2 }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// Levenshtein's.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard abs(a.count - b.count) <= 2 else { return 3 }
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let cost = min(row[j] + 1, row[j + 1] + 1, previous + (x == y ? 0 : 1))
                previous = row[j + 1]
                row[j + 1] = cost
            }
        }
        return row[b.count]
    }
}
