// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// k3s's and rke2's config.yaml with the files of config.yaml.d: `kube-apiserver-arg` is one `name=value`, or a list of
/// them; a later file's replaces the former ones, unless its key ends in `+` (k3s, pkg/configfilearg).
struct K3sConfiguration {
    static let key = "kube-apiserver-arg"

    private typealias Part = (yaml: LaunchYAML, node: Node)

    private let main: LaunchYAML
    /// What counts, in order.
    private var parts: [Part] = []
    /// Every option's last value.
    private var scalars: [String: String] = [:]

    /// - Parameter others: config.yaml.d's files, sorted.
    init(_ main: LaunchYAML, others: [LaunchYAML] = []) throws(LaunchFileError) {
        self.main = main
        for yaml in [main] + others {
            guard let document = yaml.documents.first(where: { !$0.isNull }) else { continue }
            guard let map = document.mapping else {
                throw LaunchFileError("\(yaml.path) is not a map of options")
            }
            for (key, value) in map {
                guard let name = key.scalar?.string else { continue }
                scalars[name] = value.scalar?.string
                if name == Self.key { parts = [] }
                if name == Self.key || name == Self.key + "+" { parts.append((yaml, value)) }
            }
        }
    }

    /// The files of config.yaml.d, beside a config.yaml.
    static func others(of path: String) throws(LaunchFileError) -> [LaunchYAML] {
        var result: [LaunchYAML] = []
        for name in HostFiles(root: "/").names(in: path + ".d") {
            let suffix = name.lowercased()
            guard suffix.hasSuffix(".yaml") || suffix.hasSuffix(".yml") else { continue }
            let file = "\(path).d/\(name)"
            let found: FoundFile?
            do throws(FrontProxyError) { found = try FoundFile.read(file) } catch { throw LaunchFileError(error) }
            if let found { result.append(try LaunchYAML(path: file, bytes: found.bytes)) }
        }
        return result
    }

    /// The node of the first file to which entries can be added.
    var node: Node? { parts.last { $0.yaml.path == main.path && !$0.node.isNull }?.node }

    /// The file that has the first word on the arguments: a change of another one is lost.
    var commandPath: String {
        guard let first = parts.first, first.yaml.path != main.path else { return main.path }
        let isAppended = first.yaml.documents.contains { $0.value(Self.key) == nil }
        return isAppended ? main.path : first.yaml.path
    }

    /// Where the launcher keeps its own certificates.
    func dataDirectory(_ format: LaunchFormat) -> String {
        scalars["data-dir"] ?? "/var/lib/rancher/\(format.rawValue)"
    }

    func arguments() throws(LaunchFileError) -> [LaunchArgument] {
        var arguments: [LaunchArgument] = []
        for (yaml, node) in parts where !node.isNull {
            for item in node.sequence.map(Array.init) ?? [node] {
                let place = yaml.place(item)
                guard let text = item.plainText else {
                    throw LaunchFileError("\(yaml.path):\(place.line): an entry of \(Self.key) is not text")
                }
                let isBare = !text.hasPrefix("--")
                arguments.append(
                    LaunchArgument(
                        text: isBare ? "--" + text : text, place: place, source: yaml.source(item),
                        range: yaml.path == main.path ? yaml.range(item) : nil, spelling: isBare ? .bare : .word))
            }
        }
        return arguments
    }
}
