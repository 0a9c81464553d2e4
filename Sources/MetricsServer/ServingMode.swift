// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import KubernetesClient

/// What metrics-server shows to kube-apiserver, and so whether that hop is verified.
public enum ServingMode: Sendable, Equatable {
    /// As upstream: a certificate that metrics-server makes at its start and nobody signed. The APIService skips its
    /// verification, so whoever answers in the pod's place is believed.
    case selfSigned
    /// The certificate of `ServingMode.secret(in:)`, mounted, which the APIService's caBundle verifies.
    ///
    /// - caBundle: PEM; nil where it is not known, so that whatever an APIService has stays.
    case verified(caBundle: String?)

    /// The Secret of type kubernetes.io/tls that holds `tls.crt`, `tls.key`, and the CA as `ca.crt`.
    public static func secret(in namespace: String) -> ObjectReference {
        ObjectReference(.secrets, namespace: namespace, name: "metrics-server-serving-cert")
    }

    /// Whether a Deployment's pods have the Secret.
    public static func isMounted(_ deployment: JSONValue) -> Bool {
        (deployment["spec"]["template"]["spec"]["volumes"].array ?? [])
            .contains { $0["secret"]["secretName"].string == secret(in: "").name }
    }

    /// The DNS names that kube-apiserver (SERVICE.NAMESPACE.svc), and pods, know the Service by.
    public static func names(in namespace: String) -> [String] {
        ["metrics-server.\(namespace).svc", "metrics-server.\(namespace).svc.cluster.local"]
    }

    /// The flags that name the files, without values: an extra argument of that name would serve something else.
    public static let flags = ["--tls-cert-file", "--tls-private-key-file"]

    private static let folder = "/run/serving-cert"
    private static let volume = "serving-cert"

    /// The arguments that say what to serve with.
    var arguments: [String] {
        switch self {
        case .selfSigned: ["--cert-dir=/tmp"]
        case .verified:
            zip(Self.flags, ["tls.crt", "tls.key"]).map { flag, file in "\(flag)=\(Self.folder)/\(file)" }
        }
    }

    /// A pod's volumes, with the Secret's.
    func volumes(_ base: [JSONValue], namespace: String) -> [JSONValue] {
        guard self != .selfSigned else { return base }
        return base + [
            ["name": .string(Self.volume), "secret": ["secretName": .string(Self.secret(in: namespace).name)]]
        ]
    }

    /// A container's mounts, with the Secret's.
    func mounts(_ base: [JSONValue]) -> [JSONValue] {
        guard self != .selfSigned else { return base }
        return base + [
            ["name": .string(Self.volume), "mountPath": .string(Self.folder), "readOnly": .bool(true)]
        ]
    }

    /// The APIService, which upstream has skip the verification.
    func apiService(_ base: JSONValue) -> JSONValue {
        guard case .verified(let bundle) = self else { return base }
        var apiService = base
        // Said, not left out: an APIService that is taken over may have true, which with a caBundle would be refused.
        apiService["spec"]["insecureSkipTLSVerify"] = .bool(false)
        if let bundle { apiService["spec"]["caBundle"] = .string(Data(bundle.utf8).base64EncodedString()) }
        return apiService
    }
}
