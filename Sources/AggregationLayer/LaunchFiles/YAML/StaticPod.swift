// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// A Pod manifest with the container that runs kube-apiserver.
struct StaticPod {
    let yaml: LaunchYAML
    let pod: Node
    let container: Node
    /// The lists of arguments: command, then args.
    let lists: [Node]

    init(_ yaml: LaunchYAML) throws(LaunchFileError) {
        self.yaml = yaml
        guard let pod = yaml.documents.first(where: { $0.value("kind")?.scalar?.string == "Pod" }),
            let containers = pod.value("spec")?.value("containers")?.sequence
        else { throw LaunchFileError("\(yaml.path) is a Pod without spec.containers") }
        self.pod = pod
        guard
            let container = containers.first(where: { Self.words($0).first.map(APIServerProgram.isNamed) ?? false })
                ?? containers.first(where: { Self.words($0).contains(where: APIServerProgram.isNamed) })
                ?? containers.first(where: { $0.value("name")?.scalar?.string == "kube-apiserver" })
        else {
            throw LaunchFileError(
                "\(yaml.path) has no container that runs kube-apiserver",
                hint: "ls /etc/kubernetes/manifests   # kubeadm's is kube-apiserver.yaml")
        }
        self.container = container
        lists = ["command", "args"].compactMap { container.value($0) }
        for list in lists where list.sequence == nil {
            throw LaunchFileError("\(yaml.path):\(yaml.place(list).line): command and args must be lists")
        }
    }

    private static func words(_ container: Node) -> [String] {
        ["command", "args"].flatMap { container.value($0)?.sequence.map(Array.init) ?? [] }
            .compactMap { $0.scalar?.string }
    }

    func arguments() throws(LaunchFileError) -> [LaunchArgument] {
        var arguments: [LaunchArgument] = []
        for item in lists.flatMap({ $0.sequence.map(Array.init) ?? [] }) {
            let place = yaml.place(item)
            guard let text = item.plainText else {
                throw LaunchFileError(
                    "\(yaml.path):\(place.line): an argument is not text, so kubelet refuses the pod",
                    hint: item.scalar.map { "put it in quotes: - \"\($0.string)\"" })
            }
            arguments.append(
                LaunchArgument(
                    text: text, place: place, source: yaml.source(item), range: yaml.range(item), spelling: .word))
        }
        return arguments
    }

    func variables() -> [LaunchVariable] {
        (container.value("env")?.sequence.map(Array.init) ?? []).compactMap { entry in
            guard let name = entry.value("name")?.scalar?.string else { return nil }
            return LaunchVariable(
                name: name, value: entry.value("value")?.scalar?.string ?? "", place: yaml.place(entry))
        }
    }

    var mounts: [LaunchMount] {
        let volumes = pod.value("spec")?.value("volumes")?.sequence.map(Array.init) ?? []
        let mounts = container.value("volumeMounts")?.sequence.map(Array.init) ?? []
        return mounts.compactMap { mount in
            guard let name = mount.value("name")?.scalar?.string,
                let mountPath = mount.value("mountPath")?.scalar?.string,
                let volume = volumes.first(where: { $0.value("name")?.scalar?.string == name }),
                let hostPath = volume.value("hostPath")?.value("path")?.scalar?.string
            else { return nil }
            return LaunchMount(
                hostPath: hostPath, mountPath: mountPath, subPath: mount.value("subPath")?.scalar?.string)
        }
    }

    /// The minor version in the image's tag.
    var minorVersion: Int? {
        guard let image = container.value("image")?.scalar?.string,
            let tag = image.split(separator: "@").first?.split(separator: ":").last
        else { return nil }
        return KubernetesMinor.parse(String(tag))
    }
}

/// The minor number of a Kubernetes version.
public enum KubernetesMinor {
    /// 31 from `1.31`, `v1.31`, `v1.31.2`, `v1.31.2+k3s1`.
    public static func parse(_ text: String) -> Int? {
        let parts = text.drop { $0 == "v" }.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0] == "1" else { return nil }
        return Int(parts[1].prefix { $0.isASCII && $0.isNumber }).flatMap { (0...999).contains($0) ? $0 : nil }
    }
}
