// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// A node with containers: the real kubelet over containerd and runc.
///
/// Its processes share the lab's network and have mounts of their own: what they keep under fixed names in /run,
/// /var/lib and /var/log lies in memory, and is gone with them. Pods have addresses of their own, each joined to the
/// lab's network by a veth pair (CNI's `ptp`).
enum RealNode {
    static let name = "real-1"
    static let address = "10.77.0.11"
    static let podRange = "10.88.0.0/24"

    /// containerd holds a pod's namespaces with a container of it.
    private static let pauseImage = "registry.example/pause:lab"
    private static let standinRelease = "0.6.4"

    /// Where the lab's folder is to the node's processes.
    private static let folder = "/run/lab"
    private static let socket = "/run/containerd/containerd.sock"
    static let pluginFolder = "/usr/lib/cni"

    /// Images that no registry has to be asked for.
    static func images(_ metricsServer: LabMetricsServer) throws -> [ContainerImage] {
        let pause = ContainerImage(names: [pauseImage], program: "/bin/sleep", arguments: ["infinity"])
        var server = ContainerImage(
            names: metricsServer.images, program: try metricsServer.program(), arguments: [])
        if metricsServer == .standin { server.environment = [StandinRelease.environmentVariable: standinRelease] }
        return [pause, server]
    }

    // MARK: Files

    static let containerdConfiguration = """
        version = 2
        root = "/var/lib/containerd"
        state = "/run/containerd"
        disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs"]
        [grpc]
          address = "\(socket)"
        [plugins."io.containerd.grpc.v1.cri"]
          sandbox_image = "\(pauseImage)"
          # Where the machine gives no CAP_SYS_RESOURCE, no container may be made less likely to be killed.
          restrict_oom_score_adj = true
          disable_apparmor = true
          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
            runtime_type = "io.containerd.runc.v2"
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
              SystemdCgroup = false
          [plugins."io.containerd.grpc.v1.cri".cni]
            bin_dir = "\(pluginFolder)"
            conf_dir = "\(folder)/node/cni"

        """

    static let networkConfiguration: JSONValue = [
        "cniVersion": "0.4.0", "name": "lab",
        "plugins": [
            [
                "type": "ptp",
                "ipam": [
                    "type": "host-local", "dataDir": "/run/cni",
                    "ranges": [[["subnet": .string(podRange)]]], "routes": [["dst": "0.0.0.0/0"]],
                ],
            ]
        ],
    ]

    /// - Parameter cgroup: below which the node's containers are.
    static func kubeletConfiguration(cgroup: String, version: ServerVersion) -> JSONValue {
        var configuration: JSONValue = [
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "authentication": [
                "anonymous": ["enabled": false], "webhook": ["enabled": true],
                "x509": ["clientCAFile": .string("\(folder)/pki/ca.pem")],
            ],
            "authorization": ["mode": "Webhook"],
            // What the certificate is asked for with; until it is signed, the kubelet has none to serve with.
            "serverTLSBootstrap": true,
            "address": .string(address), "healthzPort": 0,
            "cgroupDriver": "cgroupfs", "cgroupRoot": .string("/\(cgroup)"),
            "failSwapOn": false, "makeIPTablesUtilChains": false, "oomScoreAdj": 0,
            // Nothing answers there: pods are to look up nothing.
            "clusterDNS": ["10.32.0.10"], "clusterDomain": "cluster.local",
            "resolvConf": .string("\(folder)/node/resolv.conf"),
            "evictionHard": ["memory.available": "0%", "nodefs.available": "0%", "imagefs.available": "0%"],
            "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99,
            // The usual ten seconds make the start wait for the next look.
            "nodeStatusUpdateFrequency": "1s",
        ]
        if version.isAtLeast(minor: 27) { configuration["containerRuntimeEndpoint"] = .string("unix://\(socket)") }
        // Where the machine has cgroups of v1 only, newer kubelets refuse to start unless told.
        if version.isAtLeast(minor: 31) { configuration["failCgroupV1"] = false }
        return configuration
    }

    // MARK: Processes

    /// The words that bring containerd up.
    ///
    /// The kubelet sets a few of the kernel's switches, which are the whole machine's: it meets files in their place that
    /// say what it wants. A pod calls the API server by the ClusterIP of its Service, which no kube-proxy leads on.
    static func containerd(folder: String) -> [String] {
        let script = """
            exec 8<"$1"
            for place in /run /var/lib /var/log; do mount -t tmpfs tmpfs $place; done
            mkdir \(Self.folder) /run/sysctl
            mount --no-canonicalize --bind /proc/self/fd/8 \(Self.folder)
            exec 8<&-
            mount --bind /dev/null /dev/kmsg
            for switch in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
                kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
                name=${switch%%=*} file=/run/sysctl/${switch##*/}
                echo ${switch##*=} >$file
                mount --bind $file /proc/sys/$name
            done
            iptables --table nat --append PREROUTING --destination \(LabNamespace.apiServerClusterIP) --protocol tcp \
                --dport 443 --jump DNAT --to-destination \(LabNamespace.hostAddress):6443
            echo $$ >\(Self.folder)/node/pid
            exec containerd --config \(Self.folder)/node/containerd.toml
            """
        return ["unshare", "--mount", "sh", "-euc", script, "sh", folder]
    }

    /// The words that run a program among the node's mounts once containerd answers.
    ///
    /// - Parameter role: whose number is in `node/ROLE.pid` then, for who wants to end it.
    private static func among(
        _ folder: String, role: String, _ program: String, _ arguments: [String]
    ) -> [String] {
        let script = """
            exec 9<"$2"
            waited=0
            until node=$(cat "$1/node/pid" 2>/dev/null) && [ -S "/proc/$node/root\(socket)" ]; do
                waited=$((waited + 1))
                [ $waited -lt 600 ] || { echo "waited 60 s in vain for containerd's socket" >&2; exit 1; }
                sleep 0.1
            done
            echo $$ >"$1/node/$3.pid"
            shift 3
            exec nsenter --mount="/proc/$node/ns/mnt" /proc/self/fd/9 "$@"
            """
        return ["sh", "-euc", script, "sh", folder, program, role] + arguments
    }

    static func importImages(ctr: String, folder: String) -> [String] {
        among(
            folder, role: "ctr", ctr, ["--namespace", "k8s.io", "images", "import", "\(Self.folder)/node/images.tar"])
    }

    static func kubelet(_ program: String, folder: String, version: ServerVersion) -> [String] {
        // From 1.27 on the configuration says it.
        let runtime = [
            "--container-runtime=remote", "--container-runtime-endpoint=unix://\(socket)",
        ]
        return among(
            folder, role: "kubelet", program,
            [
                "--config=\(Self.folder)/node/kubelet.json", "--kubeconfig=\(Self.folder)/node/kubeconfig",
                "--hostname-override=\(name)", "--node-ip=\(address)",
                // Else outside of what is private.
                "--volume-plugin-dir=/var/lib/kubelet/volume-plugins", "--v=2",
            ] + (version.isAtLeast(minor: 27) ? [] : runtime))
    }
}
