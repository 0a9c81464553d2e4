// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// What a machine must have for a node with containers.
enum RealNodeRequirements {
    /// Where Debian has what root alone runs, which not everybody's PATH names.
    static let path = (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin:/usr/bin:/sbin:/bin"

    /// Why there can be no such node here; nil where there can be.
    static func missing(_ binaries: ControlPlaneBinaries = .find()) -> String? {
        guard geteuid() == 0, isInitialUserNamespace else { return "containers need root" }
        let tools = ["containerd", "ctr", "runc", "iptables", "nsenter", "tar"]
        var absent = tools.filter { program($0) == nil }
        for plugin in ["ptp", "host-local", "loopback"] {
            let path = "\(RealNode.pluginFolder)/\(plugin)"
            if !FileManager.default.isExecutableFile(atPath: path) { absent.append(path) }
        }
        if (try? binaries.path(of: "kubelet")) == nil { absent.append("kubelet") }
        guard absent.isEmpty else { return "not installed here: \(absent.joined(separator: ", "))" }
        let controllers = Set(
            LabCgroup.hierarchies.flatMap { $0.split(separator: "/").last?.split(separator: ",") ?? [] })
        for controller in ["cpu", "cpuacct", "cpuset", "memory", "pids"]
        where !controllers.contains(Substring(controller)) {
            return "this machine has no controller '\(controller)' of cgroup v1, which kubelet 1.20 is run with here"
        }
        let probe = LabCgroup(name: "kbootstrap-lab-probe.\(getpid())")
        defer { probe.remove() }
        do { try probe.make() } catch { return "\(error)" }
        return refused.map { "this machine does not let root \($0)" }
    }

    /// What root may do elsewhere, and not here: each is tried, in namespaces of its own.
    private static var refused: String? {
        let tries = [
            (
                "mount overlay file systems",
                """
                mount -t tmpfs none /mnt; cd /mnt; mkdir lower upper work merged
                mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged
                """
            ),
            ("add pairs of network devices", "ip link add kbl0 type veth peer name kbl1"),
            ("change tables of addresses", "PATH=$PATH:/usr/sbin iptables --table nat --list"),
        ]
        return tries.first { _, script in
            ShortCommand.run(["unshare", "--mount", "--net", "sh", "-euc", "exec >/dev/null 2>&1; \(script)"]) != 0
        }?.0
    }

    static func program(_ name: String) -> String? {
        path.split(separator: ":").map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Root of a user namespace may not mount what containers need, nor make cgroups.
    private static var isInitialUserNamespace: Bool {
        let map = (try? String(contentsOf: URL(filePath: "/proc/self/uid_map"), encoding: .utf8)) ?? ""
        return map.split(separator: " ").map { $0.filter { !$0.isWhitespace } } == ["0", "0", "4294967295"]
    }
}
