// SPDX-License-Identifier: Apache-2.0

internal import Yams

extension LaunchEdit {
    /// Mounts the folders of the flags' files into the pod where no volume holds them yet.
    func addMounts(_ edit: inout TextEdit) throws(LaunchFileError) {
        let mounts = file.mounts ?? []
        let paths = FlagsYAML.directories(of: flags).filter { LaunchCredentials.mount(of: $0, in: mounts) == nil }
        guard !paths.isEmpty else { return }
        let yaml = try LaunchYAML(path: file.path, bytes: file.bytes)
        let pod = try StaticPod(yaml)
        let volumes = pod.pod.value("spec")?.value("volumes")
        let taken = volumes?.sequence?.compactMap { $0.value("name")?.scalar?.string } ?? []
        let names = (0...).lazy.map(FlagsYAML.volumeName).filter { !taken.contains($0) }
        let named = Array(zip(names, paths))
        try add(
            named.map { name, path in
                ["mountPath: \(YAMLWord.written(path))", "name: \(name)", "readOnly: true"]
            }, toListAt: pod.container.value("volumeMounts"), yaml, &edit)
        try add(
            named.map { name, path in
                ["hostPath:", "  path: \(YAMLWord.written(path))", "  type: Directory", "name: \(name)"]
            }, toListAt: volumes, yaml, &edit)
    }

    /// Adds maps before a block list's first one, whose beginning is known to the byte.
    private func add(
        _ items: [[String]], toListAt list: Node?, _ yaml: LaunchYAML, _ edit: inout TextEdit
    ) throws(LaunchFileError) {
        guard let first = list?.sequence?.first, first.mapping != nil else {
            throw LaunchFileError(
                "\(file.path) has no volumes and volumeMounts lists to add the files' folder to",
                hint: "kbootstrap apiserver-flags --format static-pod   # and put them in by hand")
        }
        let offset = yaml.offset(first.mark)
        let prefix = lines.prefix(of: offset)
        guard isItemPrefix(prefix) else { throw unusual() }
        let indent = String(repeating: " ", count: prefix.count)
        for item in items {
            for (index, line) in item.enumerated() {
                edit.insert((index == 0 ? prefix : indent) + line + lines.lineEnd, at: lines.start(of: offset))
            }
        }
    }
}
