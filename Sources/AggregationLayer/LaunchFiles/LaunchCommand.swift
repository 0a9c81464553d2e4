// SPDX-License-Identifier: Apache-2.0

internal import Core

extension LaunchFile {
    /// What makes a change of the file count, for a shell; nil where kubelet does it by itself.
    public var restartCommand: String? {
        if let snap = SnapVariables.snap(of: path) { return "snap restart \(ShellWord.quoted(snap))" }
        return switch format {
        case .systemd, .environmentFile, .args:
            "systemctl daemon-reload && systemctl restart \(ShellWord.quoted(unit ?? "kube-apiserver"))"
        case .staticPod: nil
        case .kubeadm: "kubeadm init phase control-plane apiserver --config \(ShellWord.quoted(path))"
        case .k3s: "systemctl restart \(ShellWord.quoted(unit ?? "k3s"))"
        case .rke2: "systemctl restart \(ShellWord.quoted(unit ?? "rke2-server"))"
        }
    }

    /// Where its last words are.
    public var logCommand: String {
        if let snap = SnapVariables.snap(of: path) { return "snap logs -n 50 \(ShellWord.quoted(snap))" }
        return switch format {
        case .systemd, .environmentFile, .args:
            "journalctl -u \(ShellWord.quoted(unit ?? "kube-apiserver")) -n 50"
        case .staticPod, .kubeadm: "crictl logs $(crictl ps -a --name kube-apiserver -q | head -1)"
        case .k3s: "journalctl -u \(ShellWord.quoted(unit ?? "k3s")) -n 50"
        case .rke2: "journalctl -u \(ShellWord.quoted(unit ?? "rke2-server")) -n 50"
        }
    }

    /// Whether the flags can be seen among the arguments of a process: k3s and rke2 run kube-apiserver within theirs.
    public var startsProcessOfItsOwn: Bool { format != .k3s && format != .rke2 }

    /// The unit's name: the file's own, or that of the folder `NAME.d` that a drop-in is in.
    private var unit: String? {
        let names = path.split(separator: "/")
        if let file = names.last, file.hasSuffix(".service") { return String(file) }
        if let folder = names.dropLast().last, folder.hasSuffix(".service.d") { return String(folder.dropLast(2)) }
        return nil
    }
}

extension LaunchFile {
    /// Where walkthroughs and kubeadm put it.
    public static let usualPaths = [
        "/etc/systemd/system/kube-apiserver.service", "/etc/kubernetes/manifests/kube-apiserver.yaml",
    ]

    public static func isThere(_ path: String) -> Bool { HostFiles(root: "/").exists(path) }
}
