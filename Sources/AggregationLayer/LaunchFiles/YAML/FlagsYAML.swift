// SPDX-License-Identifier: Apache-2.0

/// The flags as the YAML of those who launch kube-apiserver.
struct FlagsYAML {
    let flags: [AggregationFlag]

    init(_ flags: AggregationFlags) { self.flags = flags.flags }

    /// The volume's name in pods.
    static let volume = "front-proxy"

    /// The folders of the files that the flags name, in order.
    static func directories(of flags: [AggregationFlag]) -> [String] {
        var seen: [String] = []
        for flag in flags where flag.name.hasSuffix("-file") {
            let directory = FilePathText.directory(of: flag.value)
            if !seen.contains(directory) { seen.append(directory) }
        }
        return seen
    }

    /// Folders that kubeadm mounts into kube-apiserver by itself hold their files already.
    private var unmounted: [String] {
        Self.directories(of: flags).filter { $0 != "/etc/kubernetes/pki" && !$0.hasPrefix("/etc/kubernetes/pki/") }
    }

    static func volumeName(_ index: Int) -> String { index == 0 ? volume : "\(volume)-\(index + 1)" }

    func staticPod() -> String {
        var lines = ["spec:", "  containers:", "  - command:", "    - kube-apiserver"]
        lines += flags.map { "    - " + YAMLWord.written($0.argument) }
        lines += ["    name: kube-apiserver"]
        let volumes = unmounted
        if !volumes.isEmpty {
            lines += ["    volumeMounts:"]
            for (index, path) in volumes.enumerated() {
                lines += [
                    "    - mountPath: " + YAMLWord.written(path), "      name: " + Self.volumeName(index),
                    "      readOnly: true",
                ]
            }
            lines += ["  volumes:"]
            for (index, path) in volumes.enumerated() {
                lines += [
                    "  - hostPath:", "      path: " + YAMLWord.written(path), "      type: Directory",
                    "    name: " + Self.volumeName(index),
                ]
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    func kubeadm(_ api: AggregationFlags.KubeadmAPI) -> String {
        var lines = [
            "apiVersion: kubeadm.k8s.io/\(api.rawValue)", "kind: ClusterConfiguration", "apiServer:", "  extraArgs:",
        ]
        for flag in flags {
            // Always in quotes: true alone would be no text, and kubeadm refuses it.
            lines +=
                api == .v1beta4
                ? ["  - name: \(flag.name)", "    value: " + YAMLWord.quoted(flag.value)]
                : ["    \(flag.name): " + YAMLWord.quoted(flag.value)]
        }
        let volumes = unmounted
        if !volumes.isEmpty { lines += ["  extraVolumes:"] }
        for (index, path) in volumes.enumerated() {
            lines += [
                "  - name: " + Self.volumeName(index), "    hostPath: " + YAMLWord.written(path),
                "    mountPath: " + YAMLWord.written(path), "    readOnly: true", "    pathType: Directory",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    func k3s() -> String {
        "kube-apiserver-arg:\n" + flags.map { "- " + YAMLWord.quoted("\($0.name)=\($0.value)") + "\n" }.joined()
    }
}
