// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Dispatch
import Glibc

/// Runs the command so that Ctrl-C cancels it: what is under way is finished or taken back, then the exit code is 130.
enum Interruption {
    static func run(_ parse: @escaping @Sendable () -> any ParsableCommand) async -> ExitStatus {
        let work = Task { await outcome(of: parse()) }
        let sources = [SIGINT, SIGTERM].map { number in
            // Dispatch sees the signal even though the default action is off; a second one ends the program at once.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if work.isCancelled { exit(ExitStatus.interrupted.rawValue) }
                work.cancel()
            }
            source.resume()
            return source
        }
        signal(SIGPIPE, SIG_IGN)
        let status = await work.value
        for source in sources { source.cancel() }
        return status
    }

    private static func outcome(of command: sending any ParsableCommand) async -> ExitStatus {
        var command = command
        do {
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return .done
        } catch {
            return Failure.report(error, interrupted: Task.isCancelled)
        }
    }
}
