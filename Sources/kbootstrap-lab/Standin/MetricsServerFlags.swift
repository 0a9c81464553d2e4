// SPDX-License-Identifier: Apache-2.0

/// metrics-server's flags by name, kind and the releases that have them; anything else is unknown, as upstream.
enum MetricsServerFlags {
    enum Kind: Sendable {
        case bool, text, list, duration, integer
    }

    struct Flag: Sendable {
        let name: String
        let kind: Kind
        var since = StandinRelease(0, 0, 0)
        /// The first release without it.
        var until = StandinRelease(99, 0, 0)
        var shorthand: Character?
    }

    static func known(to release: StandinRelease) -> [Flag] { all.filter { $0.since <= release && release < $0.until } }

    private static let release07 = StandinRelease(0, 7, 0)
    private static let release08 = StandinRelease(0, 8, 0)

    private static let all: [Flag] = own + serving + authentication + accepted

    private static let own = [
        Flag(name: "metric-resolution", kind: .duration), Flag(name: "version", kind: .bool),
        Flag(name: "kubeconfig", kind: .text), Flag(name: "kubelet-insecure-tls", kind: .bool),
        Flag(name: "kubelet-use-node-status-port", kind: .bool), Flag(name: "kubelet-port", kind: .integer),
        Flag(name: "kubelet-preferred-address-types", kind: .list),
        Flag(name: "kubelet-certificate-authority", kind: .text), Flag(name: "kubelet-client-key", kind: .text),
        Flag(name: "kubelet-client-certificate", kind: .text),
        Flag(name: "kubelet-request-timeout", kind: .duration, since: release07),
        Flag(name: "node-selector", kind: .text, since: release07, shorthand: "l"),
        Flag(name: "deprecated-kubelet-completely-insecure", kind: .bool),
    ]

    private static let serving = [
        Flag(name: "bind-address", kind: .text), Flag(name: "secure-port", kind: .integer),
        Flag(name: "cert-dir", kind: .text), Flag(name: "tls-cert-file", kind: .text),
        Flag(name: "tls-private-key-file", kind: .text), Flag(name: "tls-cipher-suites", kind: .list),
        Flag(name: "tls-min-version", kind: .text), Flag(name: "tls-sni-cert-key", kind: .text),
        Flag(name: "http2-max-streams-per-connection", kind: .integer),
        Flag(name: "permit-address-sharing", kind: .bool), Flag(name: "permit-port-sharing", kind: .bool),
        Flag(name: "disable-http2-serving", kind: .bool, since: release08),
    ]

    private static let authentication = [
        Flag(name: "authentication-kubeconfig", kind: .text), Flag(name: "authentication-skip-lookup", kind: .bool),
        Flag(name: "authentication-token-webhook-cache-ttl", kind: .duration),
        Flag(name: "authentication-tolerate-lookup-failure", kind: .bool), Flag(name: "client-ca-file", kind: .text),
        Flag(name: "requestheader-allowed-names", kind: .list), Flag(name: "requestheader-client-ca-file", kind: .text),
        Flag(name: "requestheader-extra-headers-prefix", kind: .list),
        Flag(name: "requestheader-group-headers", kind: .list),
        Flag(name: "requestheader-username-headers", kind: .list),
        Flag(name: "requestheader-uid-headers", kind: .list, since: release08),
        Flag(name: "authorization-kubeconfig", kind: .text),
        Flag(name: "authorization-always-allow-paths", kind: .list),
        Flag(name: "authorization-webhook-cache-authorized-ttl", kind: .duration),
        Flag(name: "authorization-webhook-cache-unauthorized-ttl", kind: .duration),
    ]

    /// Read and checked, without effect here.
    private static let accepted =
        [
            Flag(name: "v", kind: .integer, shorthand: "v"), Flag(name: "vmodule", kind: .text),
            Flag(name: "logging-format", kind: .text, since: release07),
            Flag(name: "log-flush-frequency", kind: .duration), Flag(name: "profiling", kind: .bool),
            Flag(name: "contention-profiling", kind: .bool), Flag(name: "enable-priority-and-fairness", kind: .bool),
            Flag(name: "help", kind: .bool, shorthand: "h"),
        ]
        // klog's own flags, which left component-base with Kubernetes 1.26.
        + ["logtostderr", "alsologtostderr", "add_dir_header", "skip_headers", "skip_log_headers", "one_output"].map {
            Flag(name: $0, kind: .bool, until: release07)
        }
        + ["log_dir", "log_file", "log_backtrace_at", "stderrthreshold"].map {
            Flag(name: $0, kind: .text, until: release07)
        }
        + ["audit-log-path", "audit-log-format", "audit-log-mode", "audit-policy-file"].map {
            Flag(name: $0, kind: .text)
        }
        + ["audit-log-maxage", "audit-log-maxbackup", "audit-log-maxsize"].map { Flag(name: $0, kind: .integer) }
}
