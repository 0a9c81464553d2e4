// SPDX-License-Identifier: Apache-2.0

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

    public init(
        apiServiceName: String? = nil, once: Bool = false, timeout: Duration = .seconds(120),
        frontProxyDirectory: String? = nil, looksAtCertificates: Bool = false
    ) {
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
    private var questions: Questions {
        Questions(
            client: client, options: options, apiServers: APIServers(client: client, connection: connection))
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
        let questions = questions

        while true {
            let evidence = try await RequestDeadline.$current.withValue(started + options.timeout + Self.grace) {
                try await questions.ask()
            }
            var record = VerificationRecord(
                server: connection.server, context: connection.contextName, evidence: evidence,
                elapsed: clock.now - started)
            let report = VerificationReport(judging: record)
            func whole() async -> VerificationReport {
                record.evidence.served = await questions.servedCertificates(evidence)
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
                of: [evidence.apiService, evidence.endpoints].compactMap(\.object),
                within: min(patienceLeft, timeLeft, .seconds(2)))
        }
    }

    /// Follows the cluster until the task is cancelled, and tells what changes.
    ///
    /// - Parameters:
    ///   - turned: told at once when the condition of the APIService turns, before what is behind it is asked for.
    ///   - changed: told the first report, and each that differs from the one before in more than its figures.
    /// - Throws: `CancellationError`, and where this host's front-proxy files cannot be read.
    public func watch(
        turned: @escaping @Sendable (TurnedCondition) -> Void = { _ in },
        changed: @Sendable (VerificationReport, _ before: VerificationReport?) throws -> Void
    ) async throws {
        let questions = questions
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            var before: VerificationReport?
            var follows = false
            while true {
                let asked = ContinuousClock.now
                let evidence = try await questions.ask()
                let report = VerificationReport(
                    judging: VerificationRecord(
                        server: connection.server, context: connection.contextName, evidence: evidence))
                if before.map({ report.differs(from: $0) }) ?? true {
                    try changed(report, before)
                    before = report
                }
                if !follows, let apiService = evidence.apiService.object {
                    follows = true
                    group.addTask { await follow(apiService, turned) }
                }
                try await client.waitForChange(
                    of: [evidence.apiService, evidence.endpoints].compactMap(\.object), within: Self.watchInterval)
                try await Task.sleep(until: asked + Self.pause, clock: .continuous)
            }
        }
    }

    /// A round takes its time; who waits for the condition hears of it without waiting for the round.
    private func follow(_ apiService: JSONValue, _ turned: @Sendable (TurnedCondition) -> Void) async {
        let last = Mutex(apiService)
        var version = apiService["metadata"]["resourceVersion"].string
        while !Task.isCancelled {
            try? await client.watch(
                .apiServices, fieldSelector: "metadata.name=\(apiService.name ?? "")", from: version
            ) { event in
                guard case .modified(let now) = event else { return true }
                let before = last.withLock { last in
                    defer { last = now }
                    return last
                }
                if let condition = TurnedCondition(from: before, to: now) { turned(condition) }
                return true
            }
            // Only what may not be watched, or a server that is gone, ends it. What it told then is told no second time.
            version = last.withLock { $0["metadata"]["resourceVersion"].string }
            try? await Task.sleep(for: Self.watchInterval)
        }
    }

    /// A round that has begun in time is not cut short for a moment.
    private static let grace = Duration.seconds(1)

    /// Metrics cannot be watched, and a monitor is no load.
    private static let watchInterval = Duration.seconds(5)
    /// From one round to the next at least, where objects change all the time.
    private static let pause = Duration.milliseconds(500)
}
