// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient
import PKI
import Synchronization

/// The stand-in for metrics-server: the same command line, authentication, scraping and readiness, none of its code.
///
/// It exists because no registry gives the lab upstream's image. What it says of itself begins with that.
struct MetricsServerStandin: Sendable {
    /// Where upstream would have panicked at its start; the text is upstream's.
    struct StartFailure: Error, CustomStringConvertible {
        let description: String
    }

    let arguments: MetricsServerArguments
    let environment: [String: String]
    let log: KlogLine

    /// Serves until the task is cancelled.
    /// - Parameter listening: called once, with the port that is listened on.
    func run(listening: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        log.structured(
            .info, "This is kbootstrap-lab's stand-in for metrics-server, not metrics-server itself",
            at: "MetricsServerStandin.swift", ["release": .text("\(arguments.release)")])
        let identity = try servingIdentity()
        let credentials = try credentials()
        let connection = try connection()
        try await APIClient.with(connection) { client in
            let trust = FollowedTrust(log: log)
            if !arguments.skipsLookup { try await lookUp(trust, client) }
            try await serve(client, trust, credentials, identity, listening)
        }
    }

    // MARK: Before anything is served

    private func servingIdentity() throws -> ServingIdentity {
        do {
            if let certificate = arguments.tlsCertificateFile, let key = arguments.tlsPrivateKeyFile {
                return try ServingIdentity.read(certificateFile: certificate, keyFile: key)
            }
            let directory = arguments.certificateDirectory
            let kept = try ServingIdentity.kept(
                in: directory, name: "apiserver", commonName: "localhost@\(Int(Date().timeIntervalSince1970))",
                names: [.dns("localhost"), .ip([127, 0, 0, 1])])
            if kept.isNew {
                log.plain(
                    .info, "Generated self-signed cert (\(directory)/apiserver.crt, \(directory)/apiserver.key)",
                    at: "serving.go:380")
            }
            return kept.identity
        } catch {
            throw StartFailure(description: "error creating self-signed certificates: \(error)")
        }
    }

    private func credentials() throws -> ClusterCredentials {
        guard arguments.kubeconfig != nil || environment["KUBERNETES_SERVICE_HOST"] != nil else {
            throw StartFailure(
                description: "unable to construct lister client config: unable to load in-cluster configuration, "
                    + "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined")
        }
        do {
            return try arguments.kubeconfig.map { try ClusterCredentials.read(kubeconfig: $0) } ?? .inCluster()
        } catch {
            throw StartFailure(description: "unable to construct lister client config: \(error)")
        }
    }

    private func connection() throws -> ClusterConnection {
        do {
            return try ClusterConnection.resolve(
                // The time that upstream gives a review.
                ClusterOptions(
                    kubeconfig: arguments.kubeconfig ?? arguments.reviewKubeconfig, requestTimeout: .seconds(10)),
                environment: arguments.kubeconfig == nil ? environment : [:])
        } catch {
            throw StartFailure(description: "unable to construct lister client config: \(error)")
        }
    }

    private func lookUp(_ trust: FollowedTrust, _ client: APIClient) async throws {
        do throws(APIError) { try await trust.load(client) } catch {
            guard arguments.toleratesLookupFailure else {
                throw StartFailure(
                    description: "unable to load configmap based request-header-client-ca-file: \(error.textInGo)")
            }
            for line in [
                "Error looking up in-cluster authentication configuration: \(error.textInGo)",
                "Continuing without authentication configuration. This may treat all requests as anonymous.",
                "To require authentication configuration lookup to succeed, "
                    + "set --authentication-tolerate-lookup-failure=false",
            ] {
                log.plain(.warning, line, at: "authentication.go:368")
            }
        }
    }

    // MARK: Serving

    private func serve(
        _ client: APIClient, _ trust: FollowedTrust, _ credentials: ClusterCredentials, _ identity: ServingIdentity,
        _ listening: @escaping @Sendable (Int) async -> Void
    ) async throws {
        let log = log
        let selector = arguments.nodeSelector.flatMap { LabelSelector($0) }
        let nodes = FollowedObjects<ScrapedNode>(.nodes, log: log) { ScrapedNode($0) }
        let pods = FollowedObjects<ClusterPod>(.pods, fieldSelector: "status.phase=Running", log: log) {
            ClusterPod($0)
        }
        let store = MetricsStore(resolution: arguments.metricResolution, release: arguments.release, log: log)
        let clock = ScrapeClock(resolution: arguments.metricResolution)
        let scraper = Scraper(
            nodes: nodes, connection: try kubelets(credentials),
            preferredAddressTypes: arguments.kubeletPreferredAddressTypes, defaultPort: arguments.kubeletPort,
            usesStatusPort: arguments.kubeletUsesNodeStatusPort, nodeSelector: selector, release: arguments.release,
            log: log)
        let reviews = Reviews(client)
        let api = MetricsAPI(
            authentication: DelegatedAuthentication(trust: trust, reviews: reviews),
            authorization: DelegatedAuthorization(reviews: reviews, log: log),
            health: health(store, nodes, pods, clock),
            source: ScrapedMetrics(nodes: nodes, pods: pods, store: store, nodeSelector: selector),
            release: arguments.release, log: log)
        let server = try HTTPSServer(
            host: arguments.bindAddress, port: arguments.securePort, identity: identity, log: log)
        let address = arguments.bindAddress == "0.0.0.0" ? "[::]" : arguments.bindAddress

        try await withThrowingTaskGroup(of: Void.self) { group in
            if let certificate = arguments.tlsCertificateFile, let key = arguments.tlsPrivateKeyFile {
                let files = FollowedServingFiles(certificateFile: certificate, keyFile: key, log: log)
                group.addTask { try await files.follow(from: identity) { try server.show($0) } }
            }
            if !arguments.skipsLookup { group.addTask { await trust.follow(client) } }
            group.addTask { await nodes.follow(client) }
            group.addTask { await pods.follow(client) }
            group.addTask {
                // As upstream: nothing is served, and nothing scraped, before both lists are in.
                try await nodes.waitUntilSynced()
                try await pods.waitUntilSynced()
                try await withThrowingTaskGroup(of: Void.self) { inner in
                    inner.addTask {
                        while true {
                            clock.tick()
                            let next = ContinuousClock.now + arguments.metricResolution
                            store.store(await scraper.scrape())
                            try await Task.sleep(until: next, clock: .continuous)
                        }
                    }
                    inner.addTask {
                        do {
                            try await server.run(
                                listening: { port in
                                    log.plain(
                                        .info, "Serving securely on \(address):\(port)", at: "secure_serving.go:213")
                                    await listening(port)
                                }
                            ) { await api.respond(to: $0) }
                        } catch let error where !(error is CancellationError) {
                            throw StartFailure(
                                description: "failed to create listener: failed to listen on "
                                    + "\(arguments.bindAddress):\(arguments.securePort): \(listenText(error))")
                        }
                    }
                    try await inner.next()
                    inner.cancelAll()
                }
            }
            defer { group.cancelAll() }
            while try await group.next() != nil {}
        }
    }

    private func listenText(_ error: any Error) -> String {
        let text = "\(error)".lowercased()
        let known = ["address already in use", "permission denied", "cannot assign requested address"]
        return "listen tcp \(arguments.bindAddress):\(arguments.securePort): bind: "
            + (known.first { text.contains($0) } ?? text)
    }

    private func kubelets(_ credentials: ClusterCredentials) throws -> KubeletConnection {
        var authorities: [Certificate]? = credentials.authorities
        if arguments.kubeletInsecureTLS { authorities = nil }
        do {
            if let file = arguments.kubeletCertificateAuthority {
                authorities = try Certificate.read(pem: GoFile.read(file))
            }
            var identity = credentials.clientCertificate
            if let certificate = arguments.kubeletClientCertificate, let key = arguments.kubeletClientKey {
                identity = try ServingIdentity.read(certificateFile: certificate, keyFile: key)
            }
            return try KubeletConnection(
                authorities: authorities, clientCertificate: identity, timeout: arguments.kubeletRequestTimeout,
                release: arguments.release
            ) { credentials.token }
        } catch {
            throw StartFailure(
                description: "unable to construct a client to connect to the kubelets: "
                    + "unable to construct transport: \(error)")
        }
    }

    private func health(
        _ store: MetricsStore, _ nodes: FollowedObjects<ScrapedNode>, _ pods: FollowedObjects<ClusterPod>,
        _ clock: ScrapeClock
    ) -> HealthChecks {
        @Sendable func failed(_ name: String, _ problem: String) -> String {
            log.structured(.info, "Failed probe", at: "server.go:192", ["probe": .text(name), "err": .text(problem)])
            return problem
        }
        return HealthChecks(
            live: [
                HealthChecks.Check(name: "metric-collection-timely") {
                    clock.isTimely ? nil : failed("metric-collection-timely", "metric collection didn't finish on time")
                }
            ],
            ready: [
                HealthChecks.Check(name: "metric-storage-ready") {
                    store.isReady ? nil : failed("metric-storage-ready", "no metrics to serve")
                },
                HealthChecks.Check(name: "metric-informer-sync") {
                    if !nodes.hasSynced {
                        return failed("metric-informer-sync", "cache for node informer has not synced")
                    }
                    return pods.hasSynced
                        ? nil : failed("metric-informer-sync", "cache for pod informer has not synced")
                },
            ], log: log)
    }
}

/// When the last round of scraping began.
final class ScrapeClock: Sendable {
    private let lastStart = Mutex<ContinuousClock.Instant?>(nil)
    private let resolution: Duration

    init(resolution: Duration) { self.resolution = resolution }

    func tick() { lastStart.withLock { $0 = .now } }

    /// Whether that is no longer ago than one and a half resolutions.
    var isTimely: Bool {
        lastStart.withLock { $0 }.map { $0.duration(to: .now) <= resolution * 3 / 2 } ?? true
    }
}
