// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc

/// `kbootstrap-lab metrics-server …`: takes the arguments of metrics-server as its image does.
struct MetricsServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics-server",
        abstract: "A stand-in for metrics-server: simulated, for want of its image.",
        discussion: """
            Takes metrics-server's own arguments, refuses what it refuses, scrapes kubelets over verified TLS, and \
            serves metrics.k8s.io behind front-proxy authentication. \(StandinRelease.environmentVariable) says which \
            release to stand in for (default \(StandinRelease.newest)).
            """)

    /// What a Go program that panicked exits with; upstream panics on every error at its start.
    private static let panicStatus: Int32 = 2

    @Argument(parsing: .captureForPassthrough, help: "metrics-server's arguments.")
    var arguments: [String] = []

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let release = environment[StandinRelease.environmentVariable].flatMap { StandinRelease($0) } ?? .newest
        do {
            let read = try MetricsServerArguments(arguments, release: release)
            if read.asksForHelp { return print(Self.helpMessage()) }
            if read.asksForVersion { return print("v\(release)") }
            var log = KlogLine(verbosity: read.verbosity)
            log.structuresUnhandledErrors = release.structuresUnhandledErrors
            try await MetricsServerStandin(arguments: read, environment: environment, log: log).run()
        } catch {
            // cobra's line, then the panic's.
            KlogLine().write("Error: \(error)\npanic: \(error)\n")
            throw ExitCode(Self.panicStatus)
        }
    }
}
