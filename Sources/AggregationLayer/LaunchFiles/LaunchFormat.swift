// SPDX-License-Identifier: Apache-2.0

/// The kinds of files that kube-apiserver is launched from.
public enum LaunchFormat: String, Sendable, Codable, CaseIterable {
    /// A systemd unit, or a drop-in of one.
    case systemd
    /// A file of `NAME=value` lines that a unit's EnvironmentFile names, with the flags in a value.
    case environmentFile = "environment-file"
    /// A Pod that kubelet starts from its manifest folder.
    case staticPod = "static-pod"
    /// kubeadm's ClusterConfiguration.
    case kubeadm
    /// k3s's config.yaml.
    case k3s
    /// rke2's config.yaml.
    case rke2
    /// One argument a line, or `/proc/PID/cmdline`.
    case args

    /// Flags that the launcher sets by itself, unless the file says otherwise.
    ///
    /// kubeadm: cmd/kubeadm/app/phases/controlplane (getAPIServerCommand); k3s and rke2: pkg/daemons/control (apiServer).
    var implied: [(name: String, value: String)] {
        switch self {
        case .systemd, .environmentFile, .staticPod, .args: []
        case .kubeadm:
            Self.frontProxy(
                ca: "/etc/kubernetes/pki/front-proxy-ca.crt", certificate: "/etc/kubernetes/pki/front-proxy-client.crt",
                key: "/etc/kubernetes/pki/front-proxy-client.key", name: "front-proxy-client")
                + [("client-ca-file", "/etc/kubernetes/pki/ca.crt")]
        case .k3s, .rke2:
            Self.frontProxy(
                ca: "/var/lib/rancher/\(rawValue)/server/tls/request-header-ca.crt",
                certificate: "/var/lib/rancher/\(rawValue)/server/tls/client-auth-proxy.crt",
                key: "/var/lib/rancher/\(rawValue)/server/tls/client-auth-proxy.key", name: "system:auth-proxy")
                + [("client-ca-file", "/var/lib/rancher/\(rawValue)/server/tls/client-ca.crt")]
        }
    }

    private static func frontProxy(
        ca: String, certificate: String, key: String, name: String
    ) -> [(name: String, value: String)] {
        [
            ("requestheader-client-ca-file", ca), ("requestheader-allowed-names", name),
            ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
            ("requestheader-group-headers", "X-Remote-Group"),
            ("requestheader-username-headers", "X-Remote-User"), ("proxy-client-cert-file", certificate),
            ("proxy-client-key-file", key),
        ]
    }
}
