// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// k3s's and rke2's config.yaml: `kube-apiserver-arg` is one `name=value`, or a list of them.
struct K3sConfiguration {
    let yaml: LaunchYAML
    let document: Node?

    static let key = "kube-apiserver-arg"

    init(_ yaml: LaunchYAML) throws(LaunchFileError) {
        self.yaml = yaml
        document = yaml.documents.first { !$0.isNull }
        if let document, document.mapping == nil {
            throw LaunchFileError("\(yaml.path) is not a map of options")
        }
    }

    /// The arguments' node: a scalar or a sequence.
    var node: Node? {
        document?.mapping?.first { $0.key.scalar?.string == Self.key || $0.key.scalar?.string == Self.key + "+" }?.value
    }

    func arguments() throws(LaunchFileError) -> [LaunchArgument] {
        guard let node, !node.isNull else { return [] }
        var arguments: [LaunchArgument] = []
        for item in node.sequence.map(Array.init) ?? [node] {
            let place = yaml.place(item)
            guard let text = item.plainText else {
                throw LaunchFileError("\(yaml.path):\(place.line): an entry of \(Self.key) is not text")
            }
            let isBare = !text.hasPrefix("--")
            arguments.append(
                LaunchArgument(
                    text: isBare ? "--" + text : text, place: place, source: yaml.source(item),
                    range: yaml.range(item), spelling: isBare ? .bare : .word))
        }
        return arguments
    }
}
