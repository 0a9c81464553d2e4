// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

/// Plays a session against the built binaries.
struct SessionRunner {
    let session: Session

    /// - Returns: what differs from the transcript; empty where nothing does.
    func play() async throws -> [Comment] {
        // No spaces or brackets in it, so that sessions see paths as they are, unquoted.
        let work = FileManager.default.temporaryDirectory.appending(path: "kbootstrap-session.\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: work) }
        let answers = work.appending(path: ".answers")
        try FileManager.default.createDirectory(at: answers, withIntermediateDirectories: true)
        let script = work.appending(path: ".session.sh")
        try self.script(work: work, answers: answers).write(to: script, atomically: true, encoding: .utf8)

        let processes = SessionProcesses(work: work.path)
        let (status, output, late) = try await run(script: script, in: work, processes)
        _ = await processes.end()
        var differences: [Comment] = []
        if let late {
            let ran = session.steps.indices.first { index in
                !FileManager.default.fileExists(atPath: answers.appending(path: "\(index).exit").path)
            }
            let place = ran.map { "\(session.steps[$0].line): $ \(session.steps[$0].command)" } ?? "its end"
            return [
                "\(session.name) did not end within \(session.limit) s. It was at \(place)\nIts processes:\n\(late)\n\(output)"
            ]
        }
        for (index, step) in session.steps.enumerated() {
            let answer = answers.appending(path: "\(index)")
            guard let code = try? String(contentsOf: answer.appendingPathExtension("exit"), encoding: .utf8) else {
                return differences + [
                    "\(session.name):\(step.line): never ran (the session ended with \(status)):\n\(output)"
                ]
            }
            let exit = Int32(code.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
            differences += try compare(step, exit: exit, answer: answer)
        }
        return differences
    }

    private func compare(_ step: Session.Step, exit: Int32, answer: URL) throws -> [Comment] {
        let place = "\(session.name):\(step.line): $ \(step.command)"
        let out = try String(contentsOf: answer.appendingPathExtension("out"), encoding: .utf8)
        let err = try String(contentsOf: answer.appendingPathExtension("err"), encoding: .utf8)
        let context = "\n--- stdout\n\(out)--- stderr\n\(err)--- exit \(exit)"
        var differences: [Comment] = []
        if exit != step.exit { differences.append("\(place)\nexit \(exit), expected \(step.exit)\(context)") }
        for (name, expected, got) in [("stdout", step.out, out), ("stderr", step.err, err)] {
            guard let expected, !LinePattern.match(expected, against: got) else { continue }
            differences.append("\(place)\n\(name) differs from\n\(expected.joined(separator: "\n"))\(context)")
        }
        let files = try String(contentsOf: answer.appendingPathExtension("files"), encoding: .utf8)
            .split(separator: "\n").map(String.init)
        for (file, state) in zip(step.has + step.lacks, files) {
            let wanted = step.has.contains(file) ? "there" : "absent"
            if state != wanted { differences.append("\(place)\n\(file) is \(state), expected \(wanted)\(context)") }
        }
        return differences
    }

    /// The folder of all tests, for what several sessions share.
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .path

    /// One bash script for the whole session, so that a lab can run it and `cd` and variables carry over.
    private func script(work: URL, answers: URL) -> String {
        let steps = session.steps.enumerated().map { index, step in
            let answer = answers.appending(path: "\(index)").path
            let checks = (step.has + step.lacks)
                .map { "if [ -e \($0) ] || [ -L \($0) ]; then echo there; else echo absent; fi" }
                .joined(separator: "\n")
            return """
                { \(step.command)
                } >'\(answer).out' 2>'\(answer).err' </dev/null
                code=$?
                {
                \(checks)
                :; } >'\(answer).files'
                echo "$code" >'\(answer).exit'
                """
        }
        return """
            export WORK='\(work.path)' TESTS='\(Self.tests)' LC_ALL=C TZ=UTC
            cd "$WORK"
            umask 022
            \(steps.joined(separator: "\n"))
            """
    }

    /// Does not hold a thread while it waits: the other tests' timeouts need them.
    ///
    /// - Returns: also what its processes were doing when its time was over; nil where it ended by itself.
    private func run(
        script: URL, in work: URL, _ processes: SessionProcesses
    ) async throws -> (Int32, String, late: String?) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["bash", script.path]
        if let lab = session.lab {
            let options = lab.split(separator: " ").map(String.init)
            process.executableURL = Binaries.folder.appending(path: "kbootstrap-lab")
            process.arguments = ["run"] + options + ["--", "bash", script.path]
        }
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] = Binaries.folder.path + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
        for name in ["KUBECONFIG", "NO_COLOR", "KUBERNETES_SERVICE_HOST"] { environment[name] = nil }
        for name in environment.keys where name.lowercased().hasSuffix("_proxy") { environment[name] = nil }
        environment["HOME"] = work.path
        environment["KBOOTSTRAP_CACHE"] = Binaries.cache
        process.environment = environment
        process.currentDirectoryURL = work
        let log = work.appending(path: ".log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let handle = try FileHandle(forWritingTo: log)
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        let late = Mutex<String?>(nil)
        let watch = Task {
            try await Task.sleep(for: .seconds(session.limit))
            late.withLock { $0 = processes.described }
            _ = await processes.end()
        }
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in ended.resume() }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        watch.cancel()
        try handle.close()
        let output = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return (process.terminationStatus, output, late.withLock { $0 })
    }
}

/// The programs under test.
enum Binaries {
    /// The folder that `swift build` puts programs into: where the test bundle itself lies.
    static let folder: URL = {
        let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
        return bundle?.deletingLastPathComponent()
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    }()

    /// The cache that scripts/control-plane fills, which a session's own HOME would hide.
    static let cache: String = {
        let environment = ProcessInfo.processInfo.environment
        if let cache = environment["KBOOTSTRAP_CACHE"] { return cache }
        let base = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/root") + "/.cache"
        return base + "/kbootstrap"
    }()

    /// Why no lab can run containers here; nil where one can.
    static let reasonAgainstRealNode: String? = {
        let (process, output) = (Process(), Pipe())
        process.executableURL = folder.appending(path: "kbootstrap-lab")
        process.arguments = ["real-node"]
        process.standardOutput = output
        do { try process.run() } catch { return "\(error)" }
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? nil : said.trimmingCharacters(in: .whitespacesAndNewlines)
    }()

    /// Whether a lab finds a program: beside kube-apiserver, or what serves any release in the cache.
    static func hasForLab(_ name: String) -> Bool {
        guard let assets = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"] else { return true }
        var folders = [assets]
        if name == "sample-apiserver" {
            let cached = (try? FileManager.default.contentsOfDirectory(atPath: cache + "/control-plane")) ?? []
            folders += cached.map { "\(cache)/control-plane/\($0)" }
        }
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }

    /// What a lab's kube-apiserver prints as its version; nil where there is none yet.
    static let kubernetesVersion: String? = {
        let assets = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"]
        guard let said = output(of: (assets ?? "") + "/kube-apiserver", ["--version"]) else { return nil }
        return said.split(whereSeparator: \.isWhitespace).last.map(String.init)
    }()

    /// What a program prints; nil where it cannot be run.
    private static func output(of program: String, _ arguments: [String]) -> String? {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = output
        do { try process.run() } catch { return nil }
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: said, as: UTF8.self)
    }

    static func isOnPath(_ tool: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
        }
    }
}
