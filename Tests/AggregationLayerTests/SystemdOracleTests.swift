// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Foundation
import Judges
import Testing

/// systemd's own parse of edited units is the argv that was meant. Nobody here wrote that parser.
@Suite struct SystemdOracleTests {
    /// Words and layouts from a seed; the same every time.
    private struct Generator {
        var state: UInt64

        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }

        mutating func pick<T>(_ items: [T]) -> T { items[next(items.count)] }

        mutating func word() -> String {
            let parts = ["a", "b c", "100%", "$HOME", "'", "\"", "\\", "ü", ";", "#x", "X-Y", ",", "=", "{z}", "\t"]
            return (0...next(4)).map { _ in pick(parts) }.joined()
        }
    }

    /// 50 in every run; KBOOTSTRAP_GENERATED_UNITS asks for more.
    private static let count =
        ProcessInfo.processInfo.environment["KBOOTSTRAP_GENERATED_UNITS"].flatMap { Int($0) } ?? 50

    @Test(arguments: 1...count)
    func systemdReadsWhatWasMeant(_ seed: Int) throws {
        var generator = Generator(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
        let directory = "/opt/" + generator.word().filter { $0 != "\t" && $0 != "/" }
        let flags = AggregationFlags(files: try FrontProxyStore(directory: directory, layout: .kubeadm).load())
        var words = (0..<generator.next(6)).map { "--w\($0)=" + generator.word() }
        for flag in flags.flags where generator.next(3) == 0 {
            words.insert("--\(flag.name)=old\(generator.next(9))", at: generator.next(words.count + 1))
        }
        var unit = "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/usr/bin/kube-apiserver"
        for word in words {
            unit +=
                generator.pick([" ", " \\\n  ", " \\\n# a comment --x=1\n\t", "  \\\n; another\n   "]) + quoted(word)
        }
        unit += generator.pick(["\n", "\nRestart=always\n", " \\\n\n", ""])

        let file = try LaunchFile(path: "kube-apiserver.service", bytes: Array(unit.utf8))
        let edited = try LaunchEdit(file, flags: flags).edited()
        let own = flags.flags.map { "--\($0.name)=" }
        let seen = try Self.systemd(parses: edited)
        let others = ["/usr/bin/kube-apiserver"] + words.filter { word in !own.contains { word.hasPrefix($0) } }
        #expect(seen.filter { word in !own.contains { word.hasPrefix($0) } } == others)
        #expect(
            seen.filter { word in own.contains { word.hasPrefix($0) } }.sorted() == flags.flags.map(\.argument).sorted()
        )
        // And our own reader agrees with systemd on every word, in order.
        let ours = try LaunchFile(path: "kube-apiserver.service", bytes: edited).arguments.map(\.text)
        #expect(ours == seen)
        let verdict = try Self.verify(edited)
        #expect(verdict == "", "\(String(decoding: edited, as: UTF8.self))")
    }

    /// In systemd's own quotes (systemd.service, "Command lines").
    private func quoted(_ word: String) -> String {
        "\""
            + word.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("%", with: "%%")
            .replacing("$", with: "$$").replacing("\t", with: "\\t") + "\""
    }

    private static func verify(_ unit: [UInt8]) throws -> String {
        let folder = try ScratchFolder()
        try Data(unit).write(to: folder.file("kube-apiserver.service"))
        let outcome = try Tool.require("systemd-analyze")
            .run(["verify", "--man=no", folder.file("kube-apiserver.service").path])
        return outcome.output.split(separator: "\n")
            .filter { !$0.contains("/usr/bin/kube-apiserver is not executable") }.joined(separator: "\n")
    }

    /// `systemd --test` prints its parse, for anybody but root.
    private static func systemd(parses unit: [UInt8]) throws -> [String] {
        let folder = try ScratchFolder()
        try Data(unit).write(to: folder.file("kube-apiserver.service"))
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        let command =
            "XDG_RUNTIME_DIR=\(folder.path) SYSTEMD_UNIT_PATH=\(folder.path) "
            + "exec /lib/systemd/systemd --test --user --unit=kube-apiserver.service"
        let outcome =
            getuid() == 0
            ? try Tool.require("setpriv").run(
                ["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", command])
            : try Tool.require("sh").run(["-c", command])
        let lines = outcome.output.split(separator: "\n").map(String.init)
        let line = try #require(
            lines.first { $0.contains("Command Line: /usr/bin/kube-apiserver") }, "\(outcome.output.suffix(2000))")
        let text = line[(line.range(of: "Command Line: ")?.upperBound ?? line.startIndex)...]
        return try words(String(text)).map { $0.replacing("$$", with: "$") }
    }

    /// systemd prints words in double quotes with C escapes where they need it.
    private static func words(_ text: String) throws -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        var characters = text.unicodeScalars.makeIterator()
        while let character = characters.next() {
            switch character {
            case "\"": isQuoted.toggle()
            case "\\":
                let next = characters.next()
                let escaped = try #require(next)
                word.unicodeScalars.append(escaped == "t" ? "\t" : escaped)
            case " " where !isQuoted:
                words.append(word)
                word = ""
            default: word.unicodeScalars.append(character)
            }
        }
        return words + [word]
    }
}
