// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Subprocess
import SystemPackage

/// A program of the control plane, its arguments and its log.
struct LabComponent: Sendable {
    let name: String
    /// A path, or a name to be found in PATH.
    let program: String
    let arguments: [String]
    let log: String
    /// Beside what the lab itself was started with.
    var environment: [String: String] = [:]

    /// Runs it until it ends, which for a component is a failure, or until the task is cancelled.
    func run() async throws {
        let output = try FileDescriptor.open(
            FilePath(log), .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
        var options = PlatformOptions()
        // A process group of its own: Ctrl-C on the terminal is for the command, not for what it runs against.
        options.processGroupID = 0
        let result = try await Subprocess.run(
            program.contains("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(arguments),
            environment: .inherit.updating(
                Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })),
            platformOptions: options, input: .none,
            output: .fileDescriptor(output, closeAfterSpawningProcess: false),
            error: .fileDescriptor(output, closeAfterSpawningProcess: true))
        guard !Task.isCancelled else { return }
        throw LabError(
            "\(name) ended (\(result.terminationStatus)); its log ends with:\n\(LabLog.tail(log))", hint: "less \(log)")
    }
}
