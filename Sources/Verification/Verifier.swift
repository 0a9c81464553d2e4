// SPDX-License-Identifier: Apache-2.0

public import Core
public import KubernetesClient
internal import Synchronization

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
    /// Whether the servers' certificates are looked at too, for a page or somebody else: by handshakes from here, which
    /// judging does not need and which take a second or two where they are out of reach.
    public var looksAtCertificates: Bool

    /// Whether the Deployment was changed just now, so that an older pod that still serves is not enough.
    public var expectsRollout: Bool

    public init(
        apiServiceName: String? = nil, once: Bool = false, timeout: Duration = .seconds(120),
        frontProxyDirectory: String? = nil, looksAtCertificates: Bool = false, expectsRollout: Bool = false
    ) {
        self.expectsRollout = expectsRollout
        self.apiServiceName = apiServiceName
        self.once = once
        self.timeout = timeout
        self.frontProxyDirectory = frontProxyDirectory
        self.looksAtCertificates = looksAtCertificates
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

    /// For all rounds of a run: it knows which API servers cannot be reached.
    private var apiServers: APIServers { APIServers(client: client, connection: connection) }

    /// - Parameter waiting: told before each wait what is waited for, how long it has taken so far, and what was seen.
    /// - Throws: `CancellationError` when cancelled, and where this host's front-proxy files cannot be read; every
    ///   other failure is in the report.
    public func run(
        waiting: @Sendable (Finding, Duration, Evidence) async -> Void
    ) async throws -> VerificationReport {
        let clock = ContinuousClock()
        let started = clock.now
        var firstSeen: [FindingCode: ContinuousClock.Instant] = [:]
        let apiServers = apiServers

        while true {
            let evidence = try await RequestDeadline.$current.withValue(started + options.timeout + Self.grace) {
                try await Questions.ask(client, options, apiServers)
            }
            var record = VerificationRecord(
                server: connection.server, context: connection.contextName, evidence: evidence,
                elapsed: clock.now - started, expectsRollout: options.expectsRollout)
            let report = VerificationReport(judging: record)
            func whole() async -> VerificationReport {
                record.evidence.served = await ServedCertificates(client, options).all(evidence)
                return VerificationReport(judging: record)
            }
            guard !options.once, let root = report.rootCauses.first else { return await whole() }

            let seen = firstSeen[root.code] ?? clock.now
            firstSeen[root.code] = seen
            let patienceLeft = root.patience - (clock.now - seen)
            let timeLeft = options.timeout - report.elapsed
            // Several causes at once: one that time cannot mend ends the wait.
            guard report.rootCauses.allSatisfy({ $0.patience > .zero }), patienceLeft > .zero else {
                return await whole()
            }
            guard timeLeft > .zero else {
                record.timedOut = true
                return await whole()
            }
            await waiting(root, report.elapsed, evidence)
            // Two seconds, because metrics cannot be watched.
            try await client.waitForChange(
                of: evidence.watched,
                within: min(patienceLeft, timeLeft, .seconds(2)))
        }
    }

    /// Follows the cluster until the task is cancelled, and tells what changes.
    ///
    /// - Parameters:
    ///   - onTransition: called at once when the condition of the APIService changes, before what is behind it is asked for.
    ///   - changed: told the first report, and each that differs from the one before in more than its figures.
    /// - Throws: `CancellationError`, and where this host's front-proxy files cannot be read.
    public func watch(
        onTransition: @escaping @Sendable (ConditionTransition) -> Void = { _ in },
        changed: @Sendable (VerificationReport, _ before: VerificationReport?) throws -> Void
    ) async throws {
        let apiServers = apiServers
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            var before: VerificationReport?
            var follows = false
            while true {
                let evidence = try await Questions.ask(client, options, apiServers)
                let report = VerificationReport(
                    judging: VerificationRecord(
                        server: connection.server, context: connection.contextName, evidence: evidence))
                if before.map({ report.differs(from: $0) }) ?? true {
                    try changed(report, before)
                    before = report
                }
                if !follows, let apiService = evidence[.apiService].object {
                    follows = true
                    group.addTask { await follow(apiService, onTransition) }
                }
                try await client.waitForChange(of: evidence.watched, within: Self.watchInterval)
            }
        }
    }

    /// A round takes its time; who waits for the condition hears of it without waiting for the round.
    private func follow(_ apiService: JSONValue, _ onTransition: @Sendable (ConditionTransition) -> Void) async {
        let last = Mutex(apiService)
        while !Task.isCancelled {
            try? await client.watch(.apiServices, fieldSelector: "metadata.name=\(apiService.name ?? "")") { event in
                guard case .modified(let now) = event else { return true }
                let before = last.withLock { last in
                    defer { last = now }
                    return last
                }
                if let condition = ConditionTransition(from: before, to: now) { onTransition(condition) }
                return true
            }
            // Only what may not be watched, or a server that is gone, ends it.
            try? await Task.sleep(for: Self.watchInterval)
        }
    }

    /// A round that has begun in time is not cut short for a moment.
    private static let grace = Duration.seconds(1)

    /// Metrics cannot be watched, and a monitor is no load.
    private static let watchInterval = Duration.seconds(5)
}
