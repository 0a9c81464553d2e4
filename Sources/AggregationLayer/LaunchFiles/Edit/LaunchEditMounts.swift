// SPDX-License-Identifier: Apache-2.0

internal import Yams

extension LaunchEdit {
    /// Mounts the folders of the flags' files into the pod where no volume holds them yet.
    func addMounts(_ edit: inout TextEdit) throws(LaunchFileError) {
        let paths = try unmountedFolders()
        guard !paths.isEmpty else { return }
        let yaml = try LaunchYAML(path: file.path, bytes: file.bytes)
        if file.format == .kubeadm {
            try addVolumes(paths, KubeadmConfiguration(yaml), &edit)
            return
        }
        let pod = try StaticPod(yaml)
        let volumes = pod.pod.value("spec")?.value("volumes")
        let named = Self.named(paths, besides: volumes)
        try add(
            named.map { name, path in
                ["mountPath: \(YAMLWord.written(path))", "name: \(name)", "readOnly: true"]
            }, toListAt: pod.container.value("volumeMounts"), yaml, &edit)
        try add(
            named.map { name, path in
                ["hostPath:", "  path: \(YAMLWord.written(path))", "  type: Directory", "name: \(name)"]
            }, toListAt: volumes, yaml, &edit)
    }

    /// Volumes for docker or podman, where no volume holds the files' folders yet.
    func addVolumes(after verb: LaunchArgument, _ edit: inout TextEdit) throws(LaunchFileError) {
        let paths = try unmountedFolders()
        guard !paths.isEmpty else { return }
        guard let range = verb.range else { throw unusual() }
        for path in paths {
            edit.insert(
                " -v " + AggregationFlags.systemdWord("\(path):\(path):ro", in: file.format), at: range.upperBound)
        }
    }

    /// - Throws: where the pod sees another folder of the host under that name.
    private func unmountedFolders() throws(LaunchFileError) -> [String] {
        var result: [String] = []
        for path in FlagsYAML.directories(of: flags) {
            guard let mount = LaunchCredentials.mount(of: path, in: file.mounts ?? []) else {
                result.append(path)
                continue
            }
            let seen = mount.hostPath(of: path)
            guard seen == path else {
                throw LaunchFileError(
                    "\(path) in the pod of \(file.path) is \(seen) of the host, so it would not see the flags' files",
                    hint: "put the files into \(seen), or use another --dir")
            }
        }
        return result
    }

    private static func named(_ paths: [String], besides volumes: Node?) -> [(String, String)] {
        let taken = volumes?.sequence?.compactMap { $0.value("name")?.scalar?.string } ?? []
        return Array(zip((0...).lazy.map(FlagsYAML.volumeName).filter { !taken.contains($0) }, paths))
    }

    /// kubeadm's extraVolumes, which look the same in all its versions.
    private func addVolumes(
        _ paths: [String], _ configuration: KubeadmConfiguration, _ edit: inout TextEdit
    ) throws(LaunchFileError) {
        let items = Self.named(paths, besides: configuration.extraVolumes).map { name, path in
            [
                "name: \(name)", "hostPath: \(YAMLWord.written(path))", "mountPath: \(YAMLWord.written(path))",
                "readOnly: true", "pathType: Directory",
            ]
        }
        if configuration.extraVolumes != nil {
            try add(items, toListAt: configuration.extraVolumes, configuration.yaml, &edit)
            return
        }
        if let entry = configuration.blank("extraVolumes", in: configuration.apiServer) {
            let place = try emptied(entry, configuration.yaml)
            if let value = place.value { edit.replace(value, with: "") }
            let indent = String(repeating: " ", count: place.indent)
            for line in Self.lines(of: items) { edit.insert(indent + line + lines.lineEnd, at: place.offset) }
            return
        }
        let isFirst = edit.isEmpty
        let place = try childPlace(configuration, &edit)
        let indent = String(repeating: " ", count: place.indent + 2)
        var text = String(repeating: " ", count: place.indent) + "extraVolumes:" + lines.lineEnd
        for line in Self.lines(of: items) { text += indent + line + lines.lineEnd }
        // extraArgs that were added there have begun apiServer already.
        edit.insert((isFirst ? place.head : "") + text, at: place.offset)
    }

    /// Maps as a block list's lines.
    private static func lines(of items: [[String]]) -> [String] {
        items.flatMap { item in item.enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element } }
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
        let start = lines.startWithComments(of: offset)
        for item in items {
            for (index, line) in item.enumerated() {
                edit.insert((index == 0 ? prefix : indent) + line + lines.lineEnd, at: start)
            }
        }
    }
}
