// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// The API servers of a cluster, each asked by itself: every one of them writes the same Available condition, so that
/// it tells of no one in particular.
actor APIServers {
    private let client: APIClient
    private let connection: ClusterConnection
    /// Until when those that could not be reached are left alone, or each round of checks would wait for them.
    private var away: [String: (evidence: APIServerEvidence, until: ContinuousClock.Instant)] = [:]

    /// The most that are asked, all at the same time: control planes have three or five.
    private static let most = 16
    private static let timeout = Duration.seconds(5)
    /// Addresses of another network swallow packets, and somebody waits.
    private static let connectTimeout = Duration.seconds(2)
    private static let awayFor = Duration.seconds(60)
    /// A request to one of several backends fails by chance where one of these is ill: the aggregator itself asks five
    /// times too, and takes one success (kube-aggregator, remote_available_controller.go).
    private static let tries = 5

    init(client: APIClient, connection: ClusterConnection) {
        self.client = client
        self.connection = connection
    }

    /// - Returns: sorted by address; empty where there is one API server only, or nothing to ask it for.
    func ask(_ evidence: Evidence) async -> [APIServerEvidence] {
        let spec = evidence[.apiService].object?["spec"] ?? .null
        guard spec["service"].object != nil, let group = spec["group"].string, let version = spec["version"].string,
            let endpoints = evidence[.apiServerEndpoints].object
        else { return [] }
        let addresses = Self.addresses(endpoints)
        guard addresses.count > 1 else { return [] }
        // Nothing has this label; who may list, and as whom, is asked all the same.
        let reading =
            evidence.readingPath.isEmpty
            ? [] : ["\(evidence.readingPath)?limit=1&labelSelector=kbootstrap%3Dnothing"]
        let paths = ["/apis/\(group)/\(version)"] + reading
        let name = evidence.apiServiceName
        var found: [APIServerEvidence] = []
        await withTaskGroup(of: APIServerEvidence.self) { tasks in
            for address in addresses.prefix(Self.most) {
                tasks.addTask { await self.ask(address, paths, name) }
            }
            for await one in tasks { found.append(one) }
        }
        return found.sorted { $0.address < $1.address }
    }

    static func addresses(_ endpoints: JSONValue) -> [Backends.Backend] {
        BackendAddresses(endpoints: endpoints).ready.compactMap { address in
            (address.ports.first { $0.name == "https" } ?? address.ports.first)
                .map { Backends.Backend(host: address.ip, port: $0.number) }
        }
    }

    private func ask(_ server: Backends.Backend, _ paths: [String], _ name: String) async -> APIServerEvidence {
        let address = server.description
        if let known = away[address], known.until > .now { return known.evidence }
        let one: APIServerEvidence
        do {
            let own = try connection.dialling(
                host: server.host, port: server.port, timeout: Self.timeout, connectTimeout: Self.connectTimeout)
            one = try await client.beside(own) { client in await Self.ask(client, address, paths, name) }
        } catch {
            let reason = (error as? KubeconfigError)?.description ?? "\(error)"
            let hint = (error as? KubeconfigError)?.hint
            one = APIServerEvidence(
                address: address, discovery: .unanswered(Silence(.apiServersNotVisible, reason, hint: hint)))
        }
        if case .unanswered = one.discovery { away[address] = (one, .now + Self.awayFor) }
        return one
    }

    private static func ask(
        _ client: APIClient, _ address: String, _ paths: [String], _ name: String
    ) async -> APIServerEvidence {
        var one = APIServerEvidence(address: address, discovery: await answer(paths[0], client))
        if case .unanswered(let silence) = one.discovery {
            one.discovery = .unanswered(Silence(.apiServersNotVisible, silence.reason))
            return one
        }
        async let unavailable = client.gauge("aggregator_unavailable_apiservice", label: ("name", name))
        if paths.count > 1 { one.reading = await answer(paths[1], client) }
        one.isUnavailable = (try? await unavailable).flatMap { $0 }.map { $0 != 0 }
        return one
    }

    /// The first answer, or any later one that is better.
    private static func answer(_ path: String, _ client: APIClient) async -> Answer {
        let first = await Questions.raw(path, client)
        switch first {
        case .object: return .object([:])
        case .unanswered, .notAsked: return first
        case .refused:
            return await withTaskGroup(of: Answer.self) { tasks in
                for later in 1..<tries {
                    tasks.addTask {
                        try? await Task.sleep(for: .milliseconds(100 * later))
                        return await Questions.raw(path, client)
                    }
                }
                for await one in tasks where one.object != nil { return .object([:]) }
                return first
            }
        }
    }
}
