// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// What to verify, and how patiently.
public struct VerificationOptions: Sendable {
    /// The APIService's name; nil for that of resource metrics, whichever version is there.
    public var apiServiceName: String?
    /// One round only, however young the cluster is.
    public var once: Bool
    /// How long to wait, in all, for failures that time may mend.
    public var timeout: Duration
    /// A folder with front-proxy files on this host, whose fit with what is published is checked too.
    public var frontProxyDirectory: String?

    public init(
        apiServiceName: String? = nil, once: Bool = false, timeout: Duration = .seconds(120),
        frontProxyDirectory: String? = nil
    ) {
        self.apiServiceName = apiServiceName
        self.once = once
        self.timeout = timeout
        self.frontProxyDirectory = frontProxyDirectory
    }
}

/// Asks, judges, and asks again when the cluster changes, until all is well, time is up, or time cannot mend it.
public struct Verifier: Sendable {
    private let client: APIClient
    private let connection: ClusterConnection
    private let options: VerificationOptions

    public init(client: APIClient, connection: ClusterConnection, options: VerificationOptions) {
        self.client = client
        self.connection = connection
        self.options = options
    }

    /// - Parameter waiting: told before each wait what is waited for, how long it has taken so far, and what was seen.
    /// - Throws: `CancellationError` when cancelled, and where this host's front-proxy files cannot be read; every
    ///   other failure is in the report.
    public func run(
        waiting: @Sendable (Finding, Duration, Evidence) async -> Void
    ) async throws -> VerificationReport {
        let clock = ContinuousClock()
        let started = clock.now
        var firstSeen: [FailureCode: ContinuousClock.Instant] = [:]

        while true {
            let evidence = try await Questions(client: client, options: options).ask()
            var record = VerificationRecord(
                server: connection.server, context: connection.contextName, evidence: evidence,
                elapsed: clock.now - started)
            let report = VerificationReport(judging: record)
            guard !options.once, let root = report.rootCauses.first else { return report }

            let seen = firstSeen[root.code] ?? clock.now
            firstSeen[root.code] = seen
            let patienceLeft = root.patience - (clock.now - seen)
            let timeLeft = options.timeout - report.elapsed
            // Several causes at once: one that time cannot mend ends the wait.
            guard report.rootCauses.allSatisfy({ $0.patience > .zero }), patienceLeft > .zero else { return report }
            guard timeLeft > .zero else {
                record.timedOut = true
                return VerificationReport(judging: record)
            }
            await waiting(root, report.elapsed, evidence)
            // Two seconds, because metrics cannot be watched.
            try await client.waitForChange(
                of: [evidence.apiService, evidence.endpoints].compactMap(\.object),
                within: min(patienceLeft, timeLeft, .seconds(2)))
        }
    }

    /// Follows the cluster until the task is cancelled, and tells what changes.
    ///
    /// - Parameter changed: told the first report, and each that differs from the one before in more than its figures.
    /// - Throws: `CancellationError`, and where this host's front-proxy files cannot be read.
    public func watch(
        changed: @Sendable (VerificationReport, _ before: VerificationReport?) throws -> Void
    ) async throws {
        var before: VerificationReport?
        while true {
            let evidence = try await Questions(client: client, options: options).ask()
            let report = VerificationReport(
                judging: VerificationRecord(
                    server: connection.server, context: connection.contextName, evidence: evidence))
            if before.map({ report.differs(from: $0) }) ?? true {
                try changed(report, before)
                before = report
            }
            try await client.waitForChange(
                of: [evidence.apiService, evidence.endpoints].compactMap(\.object), within: Self.watchInterval)
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Metrics cannot be watched, and a monitor is no load.
    private static let watchInterval = Duration.seconds(5)
    /// Between rounds, where objects change all the time.
    private static let pause = Duration.milliseconds(500)
}
