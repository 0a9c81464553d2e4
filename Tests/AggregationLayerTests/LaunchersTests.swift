// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Core
import Foundation
import Judges
import Testing

/// What starts kube-apiserver in the field: containers, wrappers, snaps, and files that are not the place for flags.
@Suite struct LaunchersTests {
    private static let binds = "-v /var/lib/kubernetes:/var/lib/kubernetes:ro"

    private func codes(_ command: String, flags: [String] = HostCopy.healthy, service: [String] = []) throws -> [String]
    {
        let unit = """
            [Service]
            \((service + ["ExecStart=" + command + " \\"]).joined(separator: "\n"))
            \(flags.map { "  " + $0 }.joined(separator: " \\\n"))

            """
        return try HostCopy().lint(unit).map(\.code.rawValue).sorted()
    }

    @Test(
        "the program behind a wrapper or in a container is found, and its flags are good",
        arguments: [
            "/usr/bin/systemd-cat -t kube-apiserver /usr/local/bin/kube-apiserver",
            "/usr/bin/env GOGC=50 /usr/local/bin/kube-apiserver", "/usr/bin/nice -n -5 /usr/local/bin/kube-apiserver",
            "/usr/bin/taskset -c 0,1 kube-apiserver", "/opt/hyperkube kube-apiserver",
            "/usr/bin/tini -- kube-apiserver",
            "/usr/bin/docker run --rm --net=host --name kube-apiserver \(binds) registry.k8s.io/kube-apiserver:v1.29.4 kube-apiserver",
            "/usr/bin/docker run --rm \(binds) gcr.io/google-containers/kube-apiserver-amd64:v1.8.0 /usr/local/bin/kube-apiserver",
            "/usr/bin/docker run -it \(binds) registry.k8s.io/kube-apiserver:v1.29.4",
            "/usr/bin/docker --log-level warn run -dit -p 6443:6443 -v/var/lib/kubernetes:/var/lib/kubernetes registry.k8s.io/kube-apiserver@sha256:00",
            "/usr/bin/podman run --replace --volume=/var/lib/kubernetes:/var/lib/kubernetes:ro,Z --entrypoint kube-apiserver example.com/images/control:v1",
            "/usr/bin/podman container run --mount type=bind,src=/var/lib,dst=/var/lib --entrypoint=/usr/local/bin/kube-apiserver example.com/x",
            "/usr/local/bin/nerdctl run --restart always \(binds) example.com/hyperkube:v1 /hyperkube apiserver",
        ])
    func isFound(_ command: String) throws { #expect(try codes(command) == []) }

    @Test(
        "a container sees only what is mounted",
        arguments: ["", "-v certs:/var/lib/kubernetes", "-v /var/lib/kubernetes:/pki"])
    func notMounted(_ volumes: String) throws {
        let found = try codes(
            "/usr/bin/docker run --rm \(volumes) registry.k8s.io/kube-apiserver:v1.29.4 kube-apiserver")
        #expect(Set(found) == ["KB717"])
    }

    @Test("a container's proxy variables are its own, not the unit's") func containersEnvironment() throws {
        let proxy = "HTTPS_PROXY=http://proxy:3128"
        let image = "registry.k8s.io/kube-apiserver:v1.29.4"
        #expect(try codes("/usr/bin/docker run -e \(proxy) \(Self.binds) \(image)") == ["KB724"])
        #expect(try codes("/usr/bin/docker run \(Self.binds) \(image)", service: ["Environment=\(proxy)"]) == [])
    }

    @Test("apply mounts the folder into the container, once") func applyMounts() throws {
        let host = try HostCopy()
        let text = """
            [Service]
            ExecStart=/usr/bin/docker run --rm \\
              registry.k8s.io/kube-apiserver:v1.29.4 kube-apiserver \\
              --etcd-servers=https://10.240.0.10:2379
            """
        let flags = AggregationFlags(
            files: try FrontProxyStore(directory: host.root + "/var/lib/kubernetes", layout: .hardWay).load())
        let launch = try LaunchFile(path: "k.service", bytes: Array(text.utf8), root: host.root)
        let edited = try LaunchEdit(launch, flags: flags).edited()
        let after = String(decoding: edited, as: UTF8.self)
        #expect(after.contains("docker run -v "))
        let again = try LaunchFile(path: "k.service", bytes: edited, root: host.root)
        #expect(try LaunchEdit(again, flags: flags).edited() == edited)
    }

    @Test("a snap's variables are its folders") func snap() throws {
        let host = try HostCopy()
        let folder = "/var/snap/microk8s/current/certs"
        try FileManager.default.createDirectory(atPath: host.root + folder, withIntermediateDirectories: true)
        for name in ["front-proxy-ca.pem", "front-proxy.pem", "front-proxy-key.pem", "ca.pem"] {
            try FileManager.default.copyItem(atPath: host.file(name).path, toPath: "\(host.root)\(folder)/\(name)")
        }
        let text = HostCopy.healthy.map { $0.replacing("/var/lib/kubernetes", with: "${SNAP_DATA}/certs") }
            .joined(separator: "\n")
        let path = "/var/snap/microk8s/6070/args/kube-apiserver"
        let launch = try LaunchFile(path: path, bytes: Array(text.utf8), root: host.root)
        #expect(LaunchLint(launch, options: LaunchLintOptions(root: host.root)).findings().map(\.code.rawValue) == [])
        #expect(launch.restartCommand == "snap restart microk8s")
    }

    @Test(
        "a file that is not the place for flags says what it is, and where that place is",
        arguments: [
            ("-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n", "in PEM", "a systemd unit"),
            ("#!/bin/sh\nexec kube-apiserver --v=2\n", "a shell's script", "lint --pid"),
            ("kube-apiserver \\\n  --log-file=$LOGS/x\n", ":2: this is a shell's script", "lint --pid"),
            ("kube-apiserver --v=2 >>/var/log/x 2>&1\n", ":1: this is a shell's script", "lint --pid"),
            ("kube-apiserver --v=`nproc`\n", "a shell's script", "lint --pid"),
            ("apiVersion: apps/v1\nkind: DaemonSet\n", "is a DaemonSet", "container's command"),
            ("apiVersion: v1\nkind: ConfigMap\ndata: {ClusterConfiguration: x}\n", "is a ConfigMap", "upload-config"),
            ("apiVersion: kubecontrolplane.config.openshift.io/v1\nkind: KubeAPIServerConfig\n", "OpenShift", "oc get"),
            ("apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\n", "k0s", "spec.api.extraArgs"),
            ("apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n", "kind's", "kubeadmConfigPatches"),
            ("apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\n", "kops", "kops edit cluster"),
            ("machine: {type: controlplane}\ncluster: {}\n", "Talos", "cluster.apiServer.extraArgs"),
            ("nodes: []\nservices: {kube-api: {}}\n", "RKE", "services.kube-api.extra_args"),
            ("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n", "no ClusterConfiguration", "kubeadm"),
        ])
    func isRefused(_ text: String, _ what: String, _ hint: String) throws {
        let error = try #require(throws: LaunchFileError.self) { try LaunchFile(path: "x", bytes: Array(text.utf8)) }
        #expect(error.description.contains(what) && error.hint?.contains(hint) == true, "\(error) \(error.hint ?? "")")
    }

    @Test(
        "a manifest that is written anew at each start is judged, and not changed",
        arguments: [
            ("/var/lib/rancher/rke2/agent/pod-manifests/kube-apiserver.yaml", "apply /etc/rancher/rke2/config.yaml"),
            ("/etc/kubernetes/manifests/kube-apiserver.manifest", "kops edit cluster"),
            ("/etc/kubernetes/manifests/kube-apiserver-pod.yaml", "oc get kubeapiserver"),
        ])
    func isGenerated(_ path: String, _ hint: String) throws {
        let host = try HostCopy()
        let pod = """
            apiVersion: v1
            kind: Pod
            spec:
              containers:
              - command: [kube-apiserver, --v=2]
            """
        let launch = try LaunchFile(path: path, bytes: Array(pod.utf8), root: host.root)
        let findings = LaunchLint(launch, options: LaunchLintOptions(root: host.root)).findings()
        #expect(findings.contains { $0.finding.hint.text.contains(hint) })
        #expect(findings.allSatisfy { !$0.finding.hint.text.contains("apply \(path)") })
        let flags = AggregationFlags(
            files: try FrontProxyStore(directory: host.root + "/var/lib/kubernetes", layout: .hardWay).load())
        let error = try #require(throws: LaunchFileError.self) { try LaunchEdit(launch, flags: flags).edited() }
        #expect(error.hint?.contains(hint) == true)
    }

    @Test(
        "kubeadm's empty values are filled",
        arguments: ["v1beta3", "v1beta4"],
        [
            "apiServer: {}\n", "apiServer:\n", "apiServer: null\n", "apiServer: ~   # nothing yet\n",
            "apiServer:\n  extraArgs: {}\n", "apiServer:\n  extraArgs:\n  timeoutForControlPlane: 4m0s\n",
            "apiServer:\n  extraArgs: []\n  extraVolumes: []\n", "networking: {podSubnet: 10.1.0.0/16}\n",
        ])
    func emptyKubeadm(_ api: String, _ text: String) throws {
        let host = try HostCopy()
        let whole = "apiVersion: kubeadm.k8s.io/\(api)\nkind: ClusterConfiguration\n" + text
        let flags = AggregationFlags(
            files: try FrontProxyStore(directory: host.root + "/var/lib/kubernetes", layout: .hardWay).load())
        let launch = try LaunchFile(path: "kubeadm.yaml", bytes: Array(whole.utf8), root: host.root)
        let edited = try LaunchEdit(launch, flags: flags).edited()
        let again = try LaunchFile(path: "kubeadm.yaml", bytes: edited, root: host.root)
        #expect(try LaunchEdit(again, flags: flags).edited() == edited)
        #expect(String(decoding: edited, as: UTF8.self).hasPrefix("apiVersion: kubeadm.k8s.io/\(api)\n"))
    }

    @Test(
        "an API that this kubeadm refuses is said, with what migrates it",
        arguments: [("v1beta3", 36, false), ("v1beta3", 37, true), ("v1beta2", 27, true), ("v1beta4", 40, false)])
    func kubeadmVersions(_ api: String, _ minor: Int, _ isRefused: Bool) throws {
        let text = "apiVersion: kubeadm.k8s.io/\(api)\nkind: ClusterConfiguration\n"
        let found = try HostCopy().lint(text, minor: minor, path: "kubeadm.yaml")
        #expect(found.map(\.code.rawValue) == (isRefused ? ["KB707"] : []))
        #expect(found.allSatisfy { $0.finding.hint.text.hasPrefix("kubeadm config migrate") })
    }

    @Test("kubeadm's v1alpha3 keeps its flags at the top") func flatKubeadm() throws {
        let text = """
            apiVersion: kubeadm.k8s.io/v1alpha3
            kind: ClusterConfiguration
            apiServerExtraArgs:
              requestheader-allowed-names: ""
            """
        #expect(try HostCopy().lint(text, minor: nil, path: "kubeadm.yaml").map(\.code.rawValue) == ["KB704"])
    }

    @Test(
        "what replaces kube-proxy counts for it", arguments: ["kube-proxy", "cilium-agent", "kube-router", "kubelite"])
    func replacesKubeProxy(_ name: String) throws {
        let host = try HostCopy()
        try FileManager.default.createDirectory(atPath: host.root + "/proc/77", withIntermediateDirectories: true)
        try Data("\(name)\n".utf8).write(to: URL(filePath: host.root + "/proc/77/comm"))
        #expect(try host.lint(HostCopy.unit(HostCopy.flags(without: ["enable-aggregator-routing"]))).isEmpty)
    }

    @Test("the words of a variable that belong to no flag are not printed") func secretsOfVariables() throws {
        let unit =
            "[Service]\nEnvironment=\"EXTRA=hunter2 --v=2\"\nEnvironment=PASSWORD=hunter2 \"Y=hunter2\n"
            + "ExecStart=/usr/bin/kube-apiserver $EXTRA\n"
        let found = try HostCopy().lint(unit)
        #expect(found.contains { $0.code == .refusesToStart })
        #expect(found.allSatisfy { !"\($0)".contains("hunter2") }, "\(found)")
    }
}
