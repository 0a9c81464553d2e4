// SPDX-License-Identifier: Apache-2.0

import Foundation
import PackagePlugin

/// Writes the commit that is being built into a source file, for `--version`.
@main
struct BuildInfo: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let commit = commit(of: context.package.directoryURL)
        let output = context.pluginWorkDirectoryURL.appending(path: "Commit.swift")
        return [
            .buildCommand(
                displayName: "Recording commit \(commit)",
                executable: URL(fileURLWithPath: "/bin/sh"),
                // The commit is an argument, so a new one makes the command run again.
                arguments: ["-c", "printf 'let builtCommit = \"%s\"\\n' \"$1\" >\"$2\"", "sh", commit, output.path],
                outputFiles: [output])
        ]
    }

    /// The commit's first 12 digits, with `-dirty` where tracked files differ from it, or `unknown` outside a git
    /// checkout.
    private func commit(of directory: URL) -> String {
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // No tag stands for the commit, and nobody's index is locked.
        git.arguments = [
            "git", "--no-optional-locks", "-C", directory.path, "describe", "--always", "--dirty", "--abbrev=12",
            "--exclude=*",
        ]
        let answer = Pipe()
        git.standardOutput = answer
        git.standardError = FileHandle.nullDevice
        guard (try? git.run()) != nil else { return "unknown" }
        let read = answer.fileHandleForReading.readDataToEndOfFile()
        git.waitUntilExit()
        let text = String(decoding: read, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return git.terminationStatus == 0 && !text.isEmpty ? text : "unknown"
    }
}
