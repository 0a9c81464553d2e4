// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Dispatch
import Glibc
import PKI
import Synchronization

/// Runs the command so that Ctrl-C cancels it: what is under way is finished or taken back, then the exit code is 130.
enum Interruption {
    /// How long after the first signal another one is still the same wish, in seconds. timeout(1) sends its signal
    /// twice, to its child and to the group (coreutils `timeout.c`, cleanup); a terminal's Ctrl-C reaches a program
    /// once from the terminal and once from a wrapper that passes it on.
    private static let sameWish = Duration.seconds(1)

    static func run(_ parse: @escaping @Sendable () -> any ParsableCommand) async -> ExitStatus {
        signal(SIGPIPE, SIG_IGN)
        let first = FirstSignal()
        let work = Mutex<Task<ExitStatus, Never>?>(nil)
        var sources: [any DispatchSourceSignal] = []
        for number in [SIGINT, SIGTERM] {
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                let isRepeated = first.age() > sameWish
                let running = work.withLock { $0 }
                running?.cancel()
                if isRepeated || running == nil || LongComputation.isUnderWay { end() }
            }
            // Nothing begins before the signal is seen: one that came in between would be lost. Until then, it ends the
            // program by itself.
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { registered.resume() }
                source.resume()
            }
            sources.append(source)
        }
        let running = Task { await outcome(of: parse()) }
        work.withLock { $0 = running }
        let status = await running.value
        for source in sources { source.cancel() }
        return status
    }

    /// Ends the program where it stands. Other threads may be inside OpenSSL, so what exit(3) runs at the end is left out.
    private static func end() -> Never {
        _exit(Failure.report(CancellationError(), interrupted: true).rawValue)
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
