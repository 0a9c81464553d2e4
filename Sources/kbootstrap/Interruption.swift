// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Dispatch
import Glibc
import Synchronization

/// Runs the command so that Ctrl-C cancels it: what is under way is finished or taken back, then the exit code is 130.
enum Interruption {
    /// How long after the first signal another one is still the same wish, in seconds. timeout(1) sends its signal
    /// twice, to its child and to the group (coreutils `timeout.c`, cleanup); a terminal's Ctrl-C reaches a program
    /// once from the terminal and once from a wrapper that passes it on.
    private static let sameWish = Duration.seconds(1)

    static func run(_ parse: @escaping @Sendable () -> any ParsableCommand) async -> ExitStatus {
        let work = Task { await outcome(of: parse()) }
        let first = FirstSignal()
        let sources = [SIGINT, SIGTERM].map { number in
            // Dispatch sees the signal even though the default action is off.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if first.age() > sameWish {
                    exit(Failure.report(CancellationError(), interrupted: true).rawValue)
                }
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

    /// When the first signal came, of either kind.
    private final class FirstSignal: Sendable {
        private let moment = Mutex<ContinuousClock.Instant?>(nil)

        /// Zero for the first call.
        func age() -> Duration {
            let now = ContinuousClock.now
            return moment.withLock { moment in
                defer { moment = moment ?? now }
                return moment?.duration(to: now) ?? .zero
            }
        }
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
