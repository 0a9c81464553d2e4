// SPDX-License-Identifier: Apache-2.0

import Glibc
import Subprocess
import SystemPackage

/// A program that ends by itself at once; its output goes where ours goes.
enum ShortCommand {
    /// The exit code; 127 where it could not be started.
    static func run(_ words: [String]) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe arguments.indices { unsafe free(arguments[index]) } }
        var pid: pid_t = 0
        guard unsafe posix_spawnp(&pid, words[0], nil, nil, &arguments, environ) == 0 else { return 127 }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { return 127 } }
        // WIFEXITED and WEXITSTATUS, whose macros do not reach Swift.
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// What a program that may take its time writes to stdout.
    ///
    /// - Parameters:
    ///   - words: a path, or a name to be found in PATH, and arguments.
    ///   - limit: after which it is ended.
    /// - Throws: `LabError` with what it says on stderr, where it fails.
    @discardableResult
    static func output(_ words: [String], limit: Duration = .seconds(300)) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask {
                let result = try await Subprocess.run(
                    words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
                    arguments: Arguments(Array(words.dropFirst())), output: .string(limit: 1 << 20),
                    error: .string(limit: 1 << 16))
                guard result.terminationStatus.isSuccess else {
                    throw LabError("\(words.joined(separator: " ")) failed: \(result.standardError)")
                }
                return result.standardOutput
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw LabError("\(words.joined(separator: " ")) did not end within \(limit.components.seconds) s")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? ""
        }
    }

    /// Runs a program in the place of this one.
    ///
    /// - Parameter words: its name for itself, and its arguments.
    /// - Throws: `LabError` where it cannot be run.
    static func become(_ path: String, _ words: [String]) throws -> Never {
        let arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        unsafe execv(path, arguments)
        throw LabError("\(words[0]) could not be run: \(unsafe String(cString: strerror(errno)))")
    }
}
