// SPDX-License-Identifier: Apache-2.0

import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// The user's command in the lab, with the user's terminal, and what asks it to end.
final class LabCommand: Sendable {
    private let words: [String]
    private let environment: Environment
    private let running = Mutex<pid_t?>(nil)

    init(_ words: [String], environment: Environment) {
        self.words = words
        self.environment = environment
    }

    /// - Returns: the exit code, 128 and the number where a signal ended it.
    func run() async throws -> Int32 {
        defer { running.withLock { $0 = nil } }
        let result = try await Subprocess.run(
            words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
            arguments: Arguments(Array(words.dropFirst())), environment: environment,
            input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
            output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
            error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
        ) { execution in
            running.withLock { $0 = execution.processIdentifier.value }
        }
        return result.terminationStatus.shellCode
    }

    /// Passes on what the outer process is told. Returns the lab's exit code when the lab has to end without the
    /// command having ended: before its start, or 5 s after a SIGTERM that it did not heed.
    func heed(_ messages: AsyncStream<LabLifeline.Message>) async -> Int32? {
        for await message in messages {
            guard let pid = running.withLock({ $0 }) else { return message.exitCode }
            switch message {
            case .interruptedByKeyboard: continue
            case .interrupted: kill(pid, SIGINT)
            case .terminated:
                kill(pid, SIGTERM)
                try? await Task.sleep(for: .seconds(5))
                return message.exitCode
            }
        }
        return nil
    }
}

extension TerminationStatus {
    /// As shells count.
    var shellCode: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}
