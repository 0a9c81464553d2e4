// SPDX-License-Identifier: Apache-2.0

/// Flags that a launcher sets by itself, unless its file says otherwise.
enum ImpliedFlags {
    typealias Flag = (name: String, value: String)

    /// kubeadm's (cmd/kubeadm/app/phases/controlplane, getAPIServerCommand).
    static func kubeadm(certificates: String, services: String) -> [Flag] {
        frontProxy(
            ca: "\(certificates)/front-proxy-ca.crt", certificate: "\(certificates)/front-proxy-client.crt",
            key: "\(certificates)/front-proxy-client.key", name: "front-proxy-client")
            + [("client-ca-file", "\(certificates)/ca.crt"), ("service-cluster-ip-range", services)]
    }

    /// k3s's and rke2's (pkg/daemons/control, apiServer).
    static func k3s(data: String) -> [Flag] {
        frontProxy(
            ca: "\(data)/server/tls/request-header-ca.crt", certificate: "\(data)/server/tls/client-auth-proxy.crt",
            key: "\(data)/server/tls/client-auth-proxy.key", name: "system:auth-proxy")
            + [("client-ca-file", "\(data)/server/tls/client-ca.crt")]
    }

    private static func frontProxy(ca: String, certificate: String, key: String, name: String) -> [Flag] {
        [
            ("requestheader-client-ca-file", ca), ("requestheader-allowed-names", name),
            ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
            ("requestheader-group-headers", "X-Remote-Group"),
            ("requestheader-username-headers", "X-Remote-User"), ("proxy-client-cert-file", certificate),
            ("proxy-client-key-file", key),
        ]
    }
}
