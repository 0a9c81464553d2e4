// SPDX-License-Identifier: Apache-2.0

/// A node without containers: kubemark, which is the real kubelet's code over a container runtime that only pretends.
///
/// It lives in a network namespace of its own, joined to the lab's by a veth pair. There it believes that it has
/// its Node's address; in the lab, that address is the simulated kubelet's, which the API server and metrics-server reach.
enum HollowNode {
    static let name = "hollow-1"
    /// What its Node's address is, where nothing else is asked for.
    static let usualAddress = "10.77.0.10"
    /// What every pod of kubemark gets (k8s.io/kubernetes, pkg/kubelet/cri/remote/fake/fake_runtime.go).
    static let podAddress = "192.168.192.168"
    static let podRange = "192.168.192.0/24"
    /// A real kubelet's, which Node.status then tells.
    static let port = 10250

    private static let labEnd = "10.78.0.1/30"
    private static let nodeEnd = "10.78.0.2/30"

    /// What `/etc/hosts` is to the node: a kubelet learns its own address by looking up its own name.
    static func hosts(_ address: String) -> String { "127.0.0.1 localhost\n\(address) \(name)\n" }

    /// `unshare`'s arguments that bring kubemark up, in place of the shell that prepares its surroundings.
    ///
    /// kubemark reads the kernel's log, which it may not; puts its sockets under fixed names in /tmp, where a second
    /// lab's are; and looks for credentials of a cloud, for six seconds.
    ///
    /// - Parameters:
    ///   - folder: holds `hosts` and `kubeconfig`, and is kubemark's /tmp. As program and folder may both be below /tmp,
    ///     the program is opened before that goes.
    ///   - address: its Node's, of IPv4.
    ///   - flags: those that this release knows.
    static func arguments(kubemark: String, folder: String, address: String, flags: ProgramFlags) -> [String] {
        let script = """
            exec 9<"$1"
            mount --bind /dev/null /dev/kmsg
            mount --bind "$2/hosts" /etc/hosts
            mount --bind "$2" /tmp
            ip link set lo up
            ip addr add \(address)/32 dev lo
            ip link add node type veth peer name hollow netns 1
            ip addr add \(nodeEnd) dev node
            ip link set node up
            nsenter --net=/proc/1/ns/net sh -euc 'ip addr add \(labEnd) dev hollow; ip link set hollow up'
            ip route add default via \(labEnd.prefix { $0 != "/" })
            export AWS_EC2_METADATA_DISABLED=true
            echo $$ >/tmp/kubelet.pid
            shift 2
            exec /proc/self/fd/9 "$@"
            """
        return [
            "--net", "--mount", "sh", "-euc", script, "sh", kubemark, folder, "--morph=kubelet", "--name=\(name)",
            "--kubeconfig=/tmp/kubeconfig", "--kubelet-port=\(port)", "--kubelet-read-only-port=0",
            // Of the releases that could ask a real runtime for images.
        ] + flags.keeping(["--use-host-image-service=false"])
    }
}
