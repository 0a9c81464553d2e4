// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import FoundationEssentials

struct ApplyFlags: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Put the flags into the file that kube-apiserver is launched from.",
        discussion: """
            The smallest change: values are replaced where they stand, what is missing is added in the file's own style, \
            every other byte stays. The change is shown as a diff first; what the file was is kept outside its folder, \
            and undo brings it back. A second run changes nothing.

            Example:
              sudo kbootstrap apiserver-flags apply /etc/systemd/system/kube-apiserver.service
              sudo kbootstrap apiserver-flags apply /etc/kubernetes/manifests/kube-apiserver.yaml --layout kubeadm --yes

            \(ExitStatus.help)
            """)

    @Argument(help: "The launch file.")
    var file: String

    @OptionGroup var files: FrontProxyArguments

    @Flag(help: "Change the file without asking.")
    var yes = false

    @Flag(help: "Show the change; write nothing.")
    var dryRun = false

    @OptionGroup var backups: BackupArguments
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let terminal = messages.terminal
        let onDisk = try files.store().load()
        guard onDisk.missing.isEmpty, onDisk.problems.isEmpty else {
            throw ApplyRefused(
                description: onDisk.problems.first
                    ?? "not there yet: \(onDisk.missing.joined(separator: ", ")): kube-apiserver would not start",
                hint: "kbootstrap certs front-proxy\(files.asTyped)")
        }
        let launch = try LaunchFile.read(file)
        let edited = try LaunchEdit(launch, flags: AggregationFlags(files: onDisk)).edited()
        guard edited != launch.bytes else {
            terminal.notice("unchanged: every flag is in \(file)")
            return
        }
        terminal.result(UnifiedDiff(path: file, old: launch.bytes, new: edited).rendered())
        guard !dryRun else { return }
        guard try Confirmation.given(yes, for: "change \(file)", terminal) else { return }
        let backup = try backups.store.replace(file, old: launch.bytes, with: edited)
        terminal.notice("\(file) is changed; what it was is in \(backup)")
        terminal.next(Self.next(launch.format, file))
    }

    /// What makes the change work.
    static func next(_ format: LaunchFormat, _ file: String) -> String {
        switch format {
        case .systemd, .environmentFile, .args: "systemctl daemon-reload && systemctl restart kube-apiserver"
        case .staticPod: "kubectl get --raw /readyz   # kubelet restarts kube-apiserver by itself"
        case .kubeadm: "kubeadm init phase control-plane apiserver --config \(ShellWord.quoted(file))"
        case .k3s: "systemctl restart k3s"
        case .rke2: "systemctl restart rke2-server"
        }
    }
}

/// Why nothing was changed.
struct ApplyRefused: HintedError {
    let description: String
    let hint: String?
}

extension LaunchFileError: HintedError {}
