// SPDX-License-Identifier: Apache-2.0

/// The kube-apiserver flags among k3s's or rke2's own arguments.
enum K3sCommandLine {
    static func arguments(_ words: [LaunchArgument]) -> [LaunchArgument] {
        let flag = "--" + K3sConfiguration.key
        var found: [LaunchArgument] = []
        var isNext = false
        for word in words {
            if isNext {
                isNext = false
                found.append(renamed(word, to: word.text))
            } else if word.text == flag {
                isNext = true
            } else if word.text.hasPrefix(flag + "=") {
                found.append(renamed(word, to: String(word.text.dropFirst(flag.count + 1))))
            }
        }
        return found
    }

    private static func renamed(_ word: LaunchArgument, to text: String) -> LaunchArgument {
        LaunchArgument(
            text: text.hasPrefix("--") ? text : "--" + text, place: word.place, source: word.source, range: nil,
            spelling: .word)
    }
}
