// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import Yams

extension LaunchEdit {
    /// Adds flags to the list or map that holds them, in the style of what is there.
    func addToYAML(_ missing: [AggregationFlag], _ edit: inout TextEdit) throws(LaunchFileError) {
        let yaml = try LaunchYAML(path: file.path, bytes: file.bytes)
        switch file.format {
        case .staticPod:
            let pod = try StaticPod(yaml)
            guard let list = pod.lists.last(where: { !($0.sequence?.isEmpty ?? true) }) else { throw unusual() }
            try append(missing.map(\.argument), to: list, yaml, &edit)
        case .k3s, .rke2: try addToK3s(missing, yaml, &edit)
        case .kubeadm: try addToKubeadm(missing, yaml, &edit)
        case .systemd, .environmentFile, .args: break
        }
    }

    func unusual() -> LaunchFileError {
        LaunchFileError(
            "\(file.path) is written in a way that is read but not edited",
            hint: "kbootstrap apiserver-flags --format \(file.format.rawValue)   # and put the flags in by hand")
    }

    /// Adds words after a sequence's last one.
    private func append(
        _ words: [String], to list: Node, _ yaml: LaunchYAML, _ edit: inout TextEdit
    ) throws(LaunchFileError) {
        guard let items = list.sequence, let last = items.last, let range = yaml.range(last) else { throw unusual() }
        if file.bytes[yaml.offset(list.mark)] == UInt8(ascii: "[") {
            let isQuoted = file.bytes[range.lowerBound] == UInt8(ascii: "\"")
            for word in words {
                edit.insert(
                    ", " + (isQuoted ? YAMLWord.quoted(word) : YAMLWord.written(word, isInFlow: true)),
                    at: range.upperBound)
            }
            return
        }
        let prefix = lines.prefix(of: range.lowerBound)
        guard isItemPrefix(prefix) else { throw unusual() }
        let quote = file.bytes[range.lowerBound] == UInt8(ascii: "\"")
        let end = lines.next(after: range.upperBound - 1)
        edit.insert(lines.missingEnd(at: end), at: end)
        for word in words {
            edit.insert(prefix + (quote ? YAMLWord.quoted(word) : YAMLWord.written(word)) + lines.lineEnd, at: end)
        }
    }

    /// Blanks, a dash, blanks.
    func isItemPrefix(_ prefix: String) -> Bool {
        prefix.contains("-") && prefix.count { $0 == "-" } == 1 && prefix.allSatisfy { $0 == " " || $0 == "-" }
    }

    private func addToK3s(
        _ missing: [AggregationFlag], _ yaml: LaunchYAML, _ edit: inout TextEdit
    ) throws(LaunchFileError) {
        let words = missing.map { "\($0.name)=\($0.value)" }
        if let node = try K3sConfiguration(yaml).node {
            guard node.sequence?.isEmpty == false else { throw unusual() }
            try append(words, to: node, yaml, &edit)
            return
        }
        let end = file.bytes.count
        edit.insert(lines.missingEnd(at: end) + K3sConfiguration.key + ":" + lines.lineEnd, at: end)
        for word in words { edit.insert("- " + YAMLWord.quoted(word) + lines.lineEnd, at: end) }
    }

    private func addToKubeadm(
        _ missing: [AggregationFlag], _ yaml: LaunchYAML, _ edit: inout TextEdit
    ) throws(LaunchFileError) {
        let configuration = try KubeadmConfiguration(yaml)
        let end = lines.lineEnd
        func entries(_ indent: String) -> String {
            missing.map { flag in
                configuration.takesList
                    ? "\(indent)- name: \(flag.name)\(end)\(indent)  value: \(YAMLWord.quoted(flag.value))\(end)"
                    : "\(indent)\(flag.name): \(YAMLWord.quoted(flag.value))\(end)"
            }.joined()
        }
        if let arguments = configuration.extraArguments {
            // The last scalar of the last entry ends the block.
            let last: Node? =
                configuration.takesList
                ? arguments.sequence?.last?.mapping?.map(\.value).max { yaml.offset($0.mark) < yaml.offset($1.mark) }
                : arguments.mapping?.map(\.value).last
            guard let last, let range = yaml.range(last) else { throw unusual() }
            let first = yaml.offset(
                configuration.takesList ? arguments.sequence?.first?.mark : arguments.mapping?.first?.key.mark)
            let prefix = lines.prefix(of: first)
            guard configuration.takesList ? isItemPrefix(prefix) : prefix.allSatisfy({ $0 == " " }) else {
                throw unusual()
            }
            let next = lines.next(after: range.upperBound - 1)
            edit.insert(lines.missingEnd(at: next) + entries(String(prefix.prefix { $0 == " " })), at: next)
        } else if let entry = configuration.blank("extraArgs", in: configuration.apiServer) {
            let place = try emptied(entry, yaml)
            if let value = place.value { edit.replace(value, with: "") }
            edit.insert(place.head + entries(String(repeating: " ", count: place.indent)), at: place.offset)
        } else {
            let place = try childPlace(configuration, &edit)
            let indent = String(repeating: " ", count: place.indent)
            edit.insert(place.head + "\(indent)extraArgs:\(end)" + entries(indent + "  "), at: place.offset)
        }
    }

    /// Where the children of a key go whose value is nothing, and the bytes of that value, such as `{}`.
    func emptied(
        _ entry: (key: Node, value: Node), _ yaml: LaunchYAML
    ) throws(LaunchFileError) -> (offset: Int, indent: Int, head: String, value: Range<Int>?) {
        let key = yaml.offset(entry.key.mark)
        let prefix = lines.prefix(of: key)
        let next = lines.next(after: key)
        guard prefix.allSatisfy({ $0 == " " }), let colon = file.bytes[key..<next].firstIndex(of: UInt8(ascii: ":"))
        else { throw unusual() }
        let rest = file.bytes[(colon + 1)..<next].prefix { $0 != UInt8(ascii: "#") && $0 != 0x0A && $0 != 0x0D }
        let text = String(decoding: rest, as: UTF8.self).filter { !$0.isWhitespace }
        guard ["", "{}", "[]", "null", "~", "Null", "NULL"].contains(text) else { throw unusual() }
        return (
            next, prefix.count + 2, lines.missingEnd(at: next),
            text.isEmpty ? nil : (colon + 1)..<(colon + 1 + rest.count - rest.reversed().prefix { $0.isBlank }.count)
        )
    }

    /// Where a key can be added to kubeadm's `apiServer`: at an offset, with as many blanks before it.
    ///
    /// `head` is what must come before the first key that is added there.
    func childPlace(
        _ configuration: KubeadmConfiguration, _ edit: inout TextEdit
    ) throws(LaunchFileError) -> (offset: Int, indent: Int, head: String) {
        let yaml = configuration.yaml
        guard !configuration.isFlat else {
            throw LaunchFileError(
                "\(file.path) is of kubeadm's \(configuration.api), which is judged but not added to",
                hint: "kubeadm config migrate --old-config \(ShellWord.quoted(file.path)) --new-config new.yaml")
        }
        if let entry = configuration.blank("apiServer", in: configuration.document) {
            let place = try emptied(entry, yaml)
            // extraArgs that were added there have begun it already.
            if let value = place.value, edit.isEmpty { edit.replace(value, with: "") }
            return (place.offset, place.indent, place.head)
        }
        if let child = configuration.apiServer?.mapping?.first?.key {
            let offset = yaml.offset(child.mark)
            let indent = lines.prefix(of: offset)
            guard !indent.isEmpty, indent.allSatisfy({ $0 == " " }) else { throw unusual() }
            return (lines.startWithComments(of: offset), indent.count, "")
        }
        guard configuration.apiServer == nil,
            let kind = configuration.document.mapping?.first(where: { $0.key.scalar?.string == "kind" })?.value,
            let range = yaml.range(kind), lines.prefix(of: yaml.offset(configuration.document.mark)).isEmpty
        else { throw unusual() }
        let next = lines.next(after: range.upperBound - 1)
        return (next, 2, lines.missingEnd(at: next) + "apiServer:" + lines.lineEnd)
    }
}
