// SPDX-License-Identifier: Apache-2.0

internal import PKI

/// One kube-apiserver flag, and why it is there.
public struct AggregationFlag: Sendable, Equatable, Codable {
    /// The name without its dashes.
    public let name: String
    public let value: String
    public let why: String
    /// The Kubernetes minor version that first had it.
    public let since: String

    /// `--name=value`.
    public var argument: String { "--\(name)=\(value)" }
}

/// The flags that turn the aggregation layer on, in the walkthrough's order. Every format derives from this table.
public struct AggregationFlags: Sendable, Equatable {
    public let flags: [AggregationFlag]
    /// What the reader should know, as sentences: files that are missing, or that do not fit together.
    public let notices: [String]

    /// The prefix that kube-apiserver itself expects; without the final dash extra fields arrive under wrong names
    /// (k8s.io/apiserver, requestheader options).
    public static let standardExtraHeadersPrefix = "X-Remote-Extra-"

    /// The names of the flags, in the same order.
    static let names = [
        "enable-aggregator-routing", "requestheader-client-ca-file", "requestheader-allowed-names",
        "requestheader-extra-headers-prefix", "requestheader-group-headers", "requestheader-username-headers",
        "proxy-client-cert-file", "proxy-client-key-file",
    ]

    /// - Parameters:
    ///   - files: the folder that the flags point at; the allowed name is its client certificate's.
    ///   - extraHeadersPrefix: of the headers that carry a caller's extra fields.
    public init(files: FrontProxyFiles, extraHeadersPrefix: String = standardExtraHeadersPrefix) {
        let name = files.clientCertificate?.commonName ?? files.layout.clientCommonName
        flags = [
            AggregationFlag(
                name: "enable-aggregator-routing", value: "true",
                why: "dial the pods behind a Service: control-plane hosts without kube-proxy cannot reach ClusterIPs",
                since: "1.7"),
            AggregationFlag(
                name: "requestheader-client-ca-file", value: files.caCertificatePath,
                why: "the CA whose client certificates may say who the caller is", since: "1.6"),
            AggregationFlag(
                name: "requestheader-allowed-names", value: name,
                why: "the common name that such a certificate must have", since: "1.6"),
            AggregationFlag(
                name: "requestheader-extra-headers-prefix", value: extraHeadersPrefix,
                why: "headers that carry the caller's extra fields", since: "1.6"),
            AggregationFlag(
                name: "requestheader-group-headers", value: "X-Remote-Group",
                why: "the header that carries the caller's groups", since: "1.6"),
            AggregationFlag(
                name: "requestheader-username-headers", value: "X-Remote-User",
                why: "the header that carries the caller's name", since: "1.6"),
            AggregationFlag(
                name: "proxy-client-cert-file", value: files.clientCertificatePath,
                why: "the certificate that kube-apiserver shows to aggregated servers", since: "1.7"),
            AggregationFlag(
                name: "proxy-client-key-file", value: files.clientKeyPath,
                why: "its key", since: "1.7"),
        ]
        var notices = files.problems
        if let client = files.clientCertificate, client.commonName == nil {
            notices.append("\(files.clientCertificatePath) has no common name: no allowed name fits it")
        }
        if !files.missing.isEmpty {
            notices.append(
                "not there yet: \(files.missing.joined(separator: ", ")); make them with kbootstrap certs front-proxy")
        }
        if extraHeadersPrefix != Self.standardExtraHeadersPrefix {
            notices.append(
                "--requestheader-extra-headers-prefix=\(extraHeadersPrefix) is not X-Remote-Extra-: "
                    + "extra fields arrive under wrong names")
        }
        self.notices = notices
    }
}
