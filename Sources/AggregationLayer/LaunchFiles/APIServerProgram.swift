// SPDX-License-Identifier: Apache-2.0

/// Which program a command starts, by its words.
enum APIServerProgram {
    /// `kube-apiserver`, `/opt/v1.31/kube-apiserver-1.31`, hyperkube's `apiserver`; not a log or a configuration of it.
    static func isNamed(_ word: String) -> Bool {
        guard !word.hasPrefix("-"), !word.contains(where: \.isWhitespace), let name = name(of: word) else {
            return false
        }
        return name.hasSuffix("apiserver") || name.hasPrefix("kube-apiserver-") || name.hasPrefix("kube-apiserver_")
    }

    /// How many words stand before the flags: the program, and programs that start it, with their own arguments.
    static func wordCount(of arguments: [LaunchArgument]) -> Int {
        // `systemd-cat -t kube-apiserver /usr/local/bin/kube-apiserver --etcd-servers=…`
        let flags = arguments.firstIndex { isKnownFlag($0.text) } ?? arguments.endIndex
        if let program = arguments[..<flags].lastIndex(where: { isNamed($0.text) })
            ?? arguments.firstIndex(where: { isNamed($0.text) })
        {
            return program + 1
        }
        return arguments.first.map { $0.text.hasPrefix("-") ? 0 : 1 } ?? 0
    }

    /// Whether a shell runs a text, in which the flags then are.
    static func runsShellText(_ arguments: [LaunchArgument]) -> Bool {
        let shell = arguments.firstIndex { ["sh", "bash", "dash", "ash", "zsh"].contains(name(of: $0.text)) }
        guard let shell, shell == 0 || !arguments[..<shell].contains(where: { isNamed($0.text) }) else { return false }
        return arguments[(shell + 1)...].prefix { $0.text.hasPrefix("-") }
            .contains { !$0.text.hasPrefix("--") && $0.text.contains("c") }
    }

    private static func isKnownFlag(_ word: String) -> Bool {
        guard word.hasPrefix("--") else { return false }
        let name = String(word.dropFirst(2).prefix { $0 != "=" }).replacing("_", with: "-")
        return APIServerFlagTable.known.contains(name) || APIServerFlagTable.spans[name] != nil
    }

    static func name(of word: String) -> String? { word.split(separator: "/").last.map(String.init) }
}
