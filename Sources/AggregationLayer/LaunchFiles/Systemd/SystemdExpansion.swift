// SPDX-License-Identifier: Apache-2.0

/// What systemd puts in place of specifiers and variables (systemd.unit "Specifiers", systemd.service "Command lines").
struct SystemdExpansion: Sendable {
    /// The unit's name with its suffix.
    let unit: String
    let variables: [String: SystemdVariable]

    private var stem: String { unit.split(separator: ".").dropLast().joined(separator: ".") }

    /// `%%` and the specifiers of a system unit whose values do not depend on the running host; others stay.
    func specifiersResolved(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "%")) else { return bytes }
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "%"), index + 1 < bytes.count else {
                result.append(bytes[index])
                index += 1
                continue
            }
            if let value = specifier(bytes[index + 1]) {
                result += Array(value.utf8)
            } else {
                result += bytes[index...index + 1]
            }
            index += 2
        }
        return result
    }

    private func specifier(_ letter: UInt8) -> String? {
        let parts = stem.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return switch Character(Unicode.Scalar(letter)) {
        case "%": "%"
        case "n": unit
        case "N": stem
        case "p", "P": parts.first ?? stem
        case "i", "I": parts.count > 1 ? parts[1] : ""
        case "E": "/etc"
        case "S": "/var/lib"
        case "C": "/var/cache"
        case "L": "/var/log"
        case "t": "/run"
        case "T": "/tmp"
        case "V": "/var/tmp"
        case "h": "/root"
        case "u", "U": letter == UInt8(ascii: "u") ? "root" : "0"
        case "g", "G": letter == UInt8(ascii: "g") ? "root" : "0"
        default: nil
        }
    }

    /// The value of `$NAME` as a whole word, split at blanks; nil when the word is not of that form.
    func wholeWord(_ word: [UInt8]) -> (name: String, words: [(word: SystemdWord, variable: SystemdVariable)])? {
        guard word.first == UInt8(ascii: "$"), word.count > 1, word[1] != UInt8(ascii: "{"),
            word[1] != UInt8(ascii: "$")
        else { return nil }
        let name = String(decoding: word.dropFirst(), as: UTF8.self)
        guard let variable = variables[name] else { return (name, []) }
        var words = SystemdWords(variable.value, isRelaxed: true)
        var result: [(word: SystemdWord, variable: SystemdVariable)] = []
        while let word = try? words.next() { result.append((word, variable)) }
        return (name, result)
    }

    /// `${NAME}` inside a word, and `$$`.
    func variablesResolved(_ bytes: [UInt8]) -> (bytes: [UInt8], undefined: [String]) {
        guard bytes.contains(UInt8(ascii: "$")) else { return (bytes, []) }
        var result: [UInt8] = []
        var undefined: [String] = []
        var index = 0
        while index < bytes.count {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            if bytes[index] == UInt8(ascii: "$"), next == UInt8(ascii: "$") {
                result.append(UInt8(ascii: "$"))
                index += 2
            } else if bytes[index] == UInt8(ascii: "$"), next == UInt8(ascii: "{"),
                let end = bytes[index...].firstIndex(of: UInt8(ascii: "}"))
            {
                let name = String(decoding: bytes[(index + 2)..<end], as: UTF8.self)
                if let variable = variables[name] { result += variable.value.bytes } else { undefined.append(name) }
                index = end + 1
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return (result, undefined)
    }
}

/// A variable of the unit's environment.
struct SystemdVariable: Sendable {
    let name: String
    let value: SourcedBytes
    let place: LaunchPlace
    /// Where the value's bytes stand.
    let lines: LineIndex
    let path: String
}
