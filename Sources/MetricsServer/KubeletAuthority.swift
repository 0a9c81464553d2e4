// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import KubernetesClient

/// The CA that signed kubelets' serving certificates, where it is not the cluster's: given to metrics-server in a
/// ConfigMap.
public struct KubeletAuthority: Sendable, Equatable {
    /// Certificates, and nothing else.
    public let pem: String

    public init(pem: String) { self.pem = pem }

    /// The flag that names the file: an extra argument of that name would trust something else.
    public static let flag = "--kubelet-certificate-authority"

    /// The ConfigMap that holds it as `ca.crt`.
    public static func configMap(in namespace: String) -> ObjectReference {
        ObjectReference(.configMaps, namespace: namespace, name: "metrics-server-kubelet-ca")
    }

    private static let folder = "/run/kubelet-ca"
    private static let volume = "kubelet-ca"
    private static let file = "ca.crt"

    /// The file, in metrics-server's container.
    public static let path = "\(folder)/\(file)"

    var argument: String { "\(Self.flag)=\(Self.path)" }

    func object(in namespace: String) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "name": .string(Self.configMap(in: namespace).name), "namespace": .string(namespace),
                "labels": ["k8s-app": "metrics-server"],
            ],
            "data": [Self.file: .string(pem)],
        ]
    }

    /// Of the pod: metrics-server reads the file when it starts, so another CA must make another pod.
    var annotations: JSONValue { ["kbootstrap.dev/kubelet-ca": .string(checksum)] }

    /// FNV-1a in 64 bits: it tells one CA from the next, and proves nothing.
    private var checksum: String {
        let hash = pem.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }

    func volumes(_ base: [JSONValue], in namespace: String) -> [JSONValue] {
        base + [["name": .string(Self.volume), "configMap": ["name": .string(Self.configMap(in: namespace).name)]]]
    }

    func mounts(_ base: [JSONValue]) -> [JSONValue] {
        base + [["name": .string(Self.volume), "mountPath": .string(Self.folder), "readOnly": .bool(true)]]
    }
}
