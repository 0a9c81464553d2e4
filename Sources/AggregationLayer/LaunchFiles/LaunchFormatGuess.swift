// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import Yams

/// Finds out what kind of launch file some bytes are.
struct LaunchFormatGuess {
    let path: String
    let bytes: [UInt8]

    func format() throws(LaunchFileError) -> LaunchFormat {
        if bytes.contains(0) { return try processArguments() }
        if bytes.starts(with: "-----BEGIN".utf8) {
            throw LaunchFileError("\(path) is a certificate or a key in PEM, not a launch file", hint: Self.known)
        }
        if bytes.starts(with: "#!".utf8) { throw ForeignLaunch.script(path, line: nil) }
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        let lines = SystemdUnitFile.physicalLines(of: bytes, from: hasMark ? 3 : 0).map {
            SourcedBytes(bytes[$0]).trimmed().bytes
        }
        let telling = lines.filter { !$0.isEmpty && $0.first != UInt8(ascii: "#") && $0.first != UInt8(ascii: ";") }
        guard let first = telling.first else {
            if let named = byName { return named }
            throw LaunchFileError("\(path) is empty", hint: Self.known)
        }
        if first.first == UInt8(ascii: "["), first.last == UInt8(ascii: "]"), first.count > 2,
            first.dropFirst().dropLast().allSatisfy({ Self.isSectionByte($0) })
        {
            return .systemd
        }
        let isDocumentStart = first.starts(with: "---".utf8) && (first.count == 3 || first[3].isBlank)
        if first.starts(with: "-".utf8), first.count > 1, !first[1].isBlank, !isDocumentStart { return .args }
        if let word = first.split(whereSeparator: \.isBlank).first,
            word.split(separator: UInt8(ascii: "/")).last.map({ String(decoding: $0, as: UTF8.self) })?
                .hasSuffix("apiserver") == true, !word.contains(UInt8(ascii: ":"))
        {
            return .args
        }
        if Self.isEnvironmentFile(telling, bytes) { return .environmentFile }
        return try yamlFormat()
    }

    /// What /proc/PID/cmdline holds; every other text with NULs in it is none of these files.
    private func processArguments() throws(LaunchFileError) -> LaunchFormat {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw LaunchFileError(
                "\(path) is UTF-16 text, which neither systemd nor Kubernetes reads",
                hint: "iconv -f UTF-16 -t UTF-8 \(ShellWord.quoted(path))")
        }
        let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard bytes.first != 0, words.contains(where: { $0.hasPrefix("--") || APIServerProgram.isNamed($0) }),
            words.allSatisfy({ !$0.contains("\n") })
        else {
            throw LaunchFileError(
                "\(path) has NUL bytes in it: it is no text", hint: "file \(ShellWord.quoted(path))")
        }
        return .args
    }

    private static let known =
        "known: a systemd unit, a kubelet manifest, a kubeadm ClusterConfiguration, a k3s or rke2 config.yaml, "
        + "arguments one a line"

    private static func isSectionByte(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-")
    }

    /// rke2's and k3s's files have no kind in them: their folder says it.
    private var byName: LaunchFormat? {
        let folders = path.split(separator: "/").map(String.init)
        if folders.contains("rke2") { return .rke2 }
        return folders.contains("k3s") ? .k3s : nil
    }

    private func yamlFormat() throws(LaunchFileError) -> LaunchFormat {
        let yaml = try LaunchYAML(path: path, bytes: bytes)
        let maps = yaml.documents.filter { $0.mapping != nil }
        let kinds = maps.compactMap { $0.value("kind")?.scalar?.string }
        if kinds.contains("Pod") { return .staticPod }
        if maps.contains(where: KubeadmConfiguration.isClusterConfiguration) { return .kubeadm }
        if let map = maps.first(where: { $0.value("kind") != nil }), let kind = kinds.first {
            let known = ForeignLaunch.kind(kind, api: map.value("apiVersion")?.scalar?.string ?? "")
            throw LaunchFileError(
                "\(path) \(known?.what ?? "is of kind \(kind), which is not read here")",
                hint: known?.hint ?? Self.known)
        }
        if let byName, !maps.isEmpty { return byName }
        let keys = maps.flatMap { $0.mapping?.compactMap { $0.key.scalar?.string } ?? [] }
        if keys.contains(K3sConfiguration.key) || keys.contains(K3sConfiguration.key + "+") {
            return keys.contains("cni") || keys.contains("profile") ? .rke2 : .k3s
        }
        if let known = ForeignLaunch.keys(Set(keys)) {
            throw LaunchFileError("\(path) \(known.what)", hint: known.hint)
        }
        throw LaunchFileError("\(path) is no launch file of kube-apiserver that is known", hint: Self.known)
    }

    /// A value of `--` words.
    static func holdsFlags(_ value: [UInt8]) -> Bool {
        var words = SystemdWords(SourcedBytes(value[...]))
        while let word = try? words.next() {
            if word.bytes.starts(with: "--".utf8) { return true }
        }
        return false
    }

    private static func isEnvironmentFile(_ lines: [[UInt8]], _ bytes: [UInt8]) -> Bool {
        guard let first = lines.first, let equals = first.firstIndex(of: UInt8(ascii: "=")),
            EnvironmentFile.isName(String(decoding: first[..<equals], as: UTF8.self))
        else { return false }
        return EnvironmentFile(path: "", bytes: bytes).entries.contains { holdsFlags($0.value.bytes) }
    }
}
