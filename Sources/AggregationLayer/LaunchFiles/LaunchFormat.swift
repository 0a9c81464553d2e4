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
}
