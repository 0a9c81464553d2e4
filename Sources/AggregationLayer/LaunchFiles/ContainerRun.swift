// SPDX-License-Identifier: Apache-2.0

/// `docker run` or `podman run` with an image of kube-apiserver: what of its words kube-apiserver receives, and what of
/// the host it sees.
struct ContainerRun {
    /// The program's word and its flags.
    private(set) var arguments: [LaunchArgument] = []
    private(set) var mounts: [LaunchMount] = []
    /// The container's environment.
    private(set) var variables: [LaunchVariable] = []
    /// The word `run`, after which options may be added.
    let verb: LaunchArgument

    private static let programs: Set = ["docker", "podman", "nerdctl"]
    /// Options of `run` that take no value (docker 28, podman 5); every other one does.
    private static let switches: Set = [
        "--rm", "--detach", "--interactive", "--tty", "--privileged", "--init", "--read-only", "--publish-all",
        "--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "--disable-content-trust", "--quiet", "--replace",
        "--rmi", "--no-hosts", "--no-hostname", "--http-proxy", "--env-host", "--unsetenv-all", "--tls-verify",
        "--read-only-tmpfs", "--passwd", "--debug", "--remote",
    ]
    /// Short options without a value, which may stand together.
    private static let shortSwitches: Set<Character> = ["d", "i", "t", "P", "q"]

    /// Nil for a command that runs no container.
    init?(_ words: [LaunchArgument]) {
        guard
            let program = words.firstIndex(where: { Self.programs.contains(APIServerProgram.name(of: $0.text) ?? "") }),
            words[..<program].allSatisfy({ !APIServerProgram.isNamed($0.text) }),
            let run = words[(program + 1)...].firstIndex(where: { $0.text == "run" })
        else { return nil }
        verb = words[run]
        var rest = words[(run + 1)...]
        var entryPoint: LaunchArgument?
        while let word = rest.first, word.text.hasPrefix("-") {
            rest.removeFirst()
            let (name, value) = Self.option(word.text, &rest)
            switch name {
            case "-v", "--volume": mounts += Self.volume(value ?? "")
            case "--mount": mounts += Self.mount(value ?? "")
            case "-e", "--env": variables += Self.variable(value ?? "", word.place)
            case "--entrypoint": entryPoint = Self.renamed(word, to: value ?? "")
            default: break
            }
        }
        guard let image = rest.popFirst() else { return nil }
        if let entryPoint, APIServerProgram.isNamed(entryPoint.text) {
            arguments = [entryPoint] + rest
        } else if rest.first?.text.hasPrefix("-") ?? true, Self.isOfAPIServer(image.text) {
            // The image's own entry point is kube-apiserver.
            arguments = [Self.renamed(image, to: "kube-apiserver")] + rest
        } else {
            arguments = Array(rest)
        }
    }

    /// Takes an option's value, which may be the next word.
    private static func option(
        _ word: String, _ rest: inout ArraySlice<LaunchArgument>
    ) -> (name: String, value: String?) {
        if word.hasPrefix("--") {
            let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if sides.count == 2 { return (sides[0], sides[1]) }
            return (word, switches.contains(word) ? nil : rest.popFirst()?.text)
        }
        let letters = word.dropFirst()
        guard let last = letters.firstIndex(where: { !shortSwitches.contains($0) }) else { return (word, nil) }
        let value = letters[letters.index(after: last)...].drop { $0 == "=" }
        return ("-\(letters[last])", value.isEmpty ? rest.popFirst()?.text : String(value))
    }

    /// `/host:/inside:ro`; a named volume is none of the host's folders.
    private static func volume(_ text: String) -> [LaunchMount] {
        let sides = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard sides.count > 1, sides[0].hasPrefix("/") else { return [] }
        return [LaunchMount(hostPath: sides[0], mountPath: sides[1])]
    }

    /// `type=bind,source=/host,target=/inside`.
    private static func mount(_ text: String) -> [LaunchMount] {
        let pairs = text.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        func value(_ names: Set<String>) -> String? { pairs.first { names.contains($0[0]) && $0.count == 2 }?[1] }
        guard value(["type"]) == "bind", let source = value(["source", "src"]),
            let target = value(["target", "destination", "dst"])
        else { return [] }
        return [LaunchMount(hostPath: source, mountPath: target)]
    }

    private static func variable(_ text: String, _ place: LaunchPlace) -> [LaunchVariable] {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return sides.count == 2 ? [LaunchVariable(name: sides[0], value: sides[1], place: place)] : []
    }

    /// Of `registry.k8s.io/kube-apiserver:v1.29.4` and `…/kube-apiserver-amd64@sha256:…`.
    private static func isOfAPIServer(_ image: String) -> Bool {
        image.split(separator: "/").last?.hasPrefix("kube-apiserver") ?? false
    }

    private static func renamed(_ word: LaunchArgument, to text: String) -> LaunchArgument {
        LaunchArgument(text: text, place: word.place, source: word.source, range: nil, spelling: .word)
    }
}
