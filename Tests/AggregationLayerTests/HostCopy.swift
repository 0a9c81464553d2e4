// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Foundation
import Judges

/// A control-plane host in a scratch folder: front-proxy files that fit, and a client CA, all of them real.
struct HostCopy {
    let folder: ScratchFolder
    var root: String { folder.file("root").path }
    private var kubernetes: String { root + "/var/lib/kubernetes" }

    init() throws {
        folder = try ScratchFolder()
        let store = try FrontProxyStore(directory: folder.file("root").path + "/var/lib/kubernetes", layout: .hardWay)
        _ = try store.ensure(FrontProxyOptions())
        try folder.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca-key.pem",
            "-out", kubernetes + "/ca.pem", "-subj", "/CN=kubernetes-ca", "-days", "300")
    }

    /// Every flag that is needed, in order, for the files of this host.
    static let healthy = [
        "--advertise-address=10.240.0.10", "--client-ca-file=/var/lib/kubernetes/ca.pem",
        "--etcd-servers=https://10.240.0.10:2379", "--service-account-issuer=https://10.240.0.10:6443",
        "--service-account-signing-key-file=/var/lib/kubernetes/service-account-key.pem",
        "--service-cluster-ip-range=10.32.0.0/24", "--enable-aggregator-routing=true",
        "--requestheader-client-ca-file=/var/lib/kubernetes/front-proxy-ca.pem",
        "--requestheader-allowed-names=front-proxy-ca", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group", "--requestheader-username-headers=X-Remote-User",
        "--proxy-client-cert-file=/var/lib/kubernetes/front-proxy.pem",
        "--proxy-client-key-file=/var/lib/kubernetes/front-proxy-key.pem",
    ]

    /// The healthy flags without some, and with others.
    static func flags(without names: [String] = [], with others: [String] = []) -> [String] {
        healthy.filter { flag in !names.contains { flag.hasPrefix("--\($0)=") } } + others
    }

    /// A unit after kubernetes-the-hard-way (synthetic).
    static func unit(_ flags: [String], service: [String] = []) -> String {
        """
        [Unit]
        Description=Kubernetes API Server

        [Service]
        \((service + ["ExecStart=/usr/local/bin/kube-apiserver \\"]).joined(separator: "\n"))
        \(flags.map { "  " + $0 }.joined(separator: " \\\n"))
        Restart=on-failure

        [Install]
        WantedBy=multi-user.target

        """
    }

    func file(_ name: String) -> URL { folder.file("root/var/lib/kubernetes/" + name) }

    func lint(_ text: String, minor: Int? = 31, path: String = "kube-apiserver.service") throws -> [LaunchFinding] {
        let launch = try LaunchFile(path: path, bytes: Array(text.utf8), root: root)
        return LaunchLint(launch, options: LaunchLintOptions(root: root, minorVersion: minor)).findings()
    }

    /// A leaf under the requestheader CA with what is asked of it.
    func issue(_ name: String, extensions: String, days: Int = 30, commonName: String = "front-proxy-ca") throws {
        let config = try folder.write("\(name).cnf", extensions)
        try folder.openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            file("\(name)-key.pem").path, "-out", "\(name).csr", "-subj", "/CN=\(commonName)")
        try folder.openssl(
            "x509", "-req", "-in", "\(name).csr", "-CA", file("front-proxy-ca.pem").path, "-CAkey",
            file("front-proxy-ca-key.pem").path, "-CAcreateserial", "-out", file("\(name).pem").path, "-days",
            "\(days)", "-extfile", config.path)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: file("\(name)-key.pem").path)
    }
}
