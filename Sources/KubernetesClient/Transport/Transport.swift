// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// Sends requests and reads whole answers: bounded in size and time, redirects refused, retried only where that is safe.
final class Transport: Sendable {
    let connection: ClusterConnection
    let group: any EventLoopGroup
    let credentials: CredentialSource
    let client: HTTPClient
    private let prefix: String
    /// What the Host header says: the address that the kubeconfig has, whatever name the certificate must have.
    private let authority: String
    private let sent = Mutex(0)
    let postponements = Postponements()
    /// Of all waits together.
    let rounds = Mutex(RoundPace(startingAt: .now))
    let identity: ServerIdentity
    /// Transports on this one's thread that still close.
    let closing = Mutex<[Task<Void, Never>]>([])

    /// How often a request is sent again at most.
    private static let retries = 8
    /// The same because the connection broke, without an answer in between: one that was kept may have been closed.
    private static let reconnections = 4
    /// The longest wait that a Retry-After gets.
    private static let longestRetryAfter = Duration.seconds(10)
    /// The same for a watch, which nobody waits for as for an answer.
    private static let longestSilence = Duration.seconds(60)

    /// - Parameter credentials: another transport's, where the caller is the same.
    init(
        _ connection: ClusterConnection, group: any EventLoopGroup, credentials: CredentialSource? = nil
    ) async throws(APIError) {
        self.connection = connection
        self.group = group
        let credentials = credentials ?? CredentialSource(connection)
        self.credentials = credentials
        let tls = try TLSSettings.make(connection, identity: try await credentials.identity())
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.redirectConfiguration = .disallow
        // An attempt to connect is not given up before, not even where its request has ended.
        let connect = min(connection.connectTimeout, connection.requestTimeout ?? connection.connectTimeout)
        configuration.timeout.connect = .nanoseconds(Int64(connect / .nanoseconds(1)))
        // HTTP/2 would share one connection, and a server that resets it ends every request on it.
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        let expected = connection.tlsServerName ?? connection.base.host
        let identity = ServerIdentity(
            expected: connection.base.scheme == "https" && connection.trust != .unverified ? expected : nil)
        self.identity = identity
        configuration.http1_1ConnectionDebugInitializer = { identity.admit($0) }
        configuration.proxy = connection.proxy.map { Self.proxy($0, credentials.sent) }

        let base = connection.base
        authority = base.authority
        var host = base.host
        if let name = connection.tlsServerName, !ClusterConnection.isAddress(name) {
            // This name is asked for in the handshake, while the address that is dialled stays.
            configuration.dnsOverride = [name: host]
            host = name
        }
        let port = base.port.map { ":\($0)" } ?? ""
        prefix = "\(base.scheme)://\(ServerURL.bracketed(host))\(port)\(base.path)"
        client = HTTPClient(eventLoopGroup: group, configuration: configuration)
    }

    private static func proxy(_ proxy: ProxyRoute, _ secrets: SentSecrets) -> HTTPClient.Configuration.Proxy {
        guard proxy.url.scheme == "http" else { return .socksServer(host: proxy.url.host, port: proxy.port) }
        let authorization = proxy.url.userInfo.map { user, password in
            secrets.note(password.value)
            return HTTPClient.Authorization.basic(username: user, password: password.value)
        }
        return .server(host: proxy.url.host, port: proxy.port, authorization: authorization)
    }

    /// How many HTTP requests have gone out.
    var requestCount: Int { sent.withLock { $0 } }

    // MARK: Whole answers

    /// The answer, whatever its status.
    func send(_ request: APIRequest) async throws(APIError) -> RawResponse {
        try await send(request) { try await Self.whole($0, request) }
    }

    private static func whole(_ body: HTTPClientResponse.Body, _ request: APIRequest) async throws -> [UInt8] {
        Array(try await body.collect(upTo: request.largest).readableBytesView)
    }

    /// The answer, whatever its status.
    ///
    /// - Parameter read: how the body of an answer with a status below 300 is read, from its beginning for each try;
    ///   what it returns stands for the body.
    func send(
        _ request: APIRequest, reading read: @escaping (HTTPClientResponse.Body) async throws -> [UInt8]
    ) async throws(APIError) -> RawResponse {
        let started = ContinuousClock.now
        var attempt = 0
        var breaks = 0
        var renewed = false
        while true {
            if let (wait, said) = postponements.standing(for: request) {
                guard wait <= Self.longestRetryAfter, hasTime(for: wait, request, since: started) else { return said }
                try await pause(wait, request)
            }
            attempt += 1
            var failure: APIError?
            do throws(APIError) {
                let response = try await sendOnce(
                    request, renewingCredentials: renewed, limit: timeLeft(request, since: started), reading: read)
                if response.status == 401, !renewed, await credentials.isRenewable {
                    renewed = true
                    continue
                }
                let mayRetry = response.status == 429 || response.status >= 500
                guard mayRetry, response.retryAfter != nil else { return response }
                postponements.note(response, to: request)
                guard attempt <= Self.retries else { return response }
                // A server that closes behind each answer can break the next request, every time anew.
                breaks = 0
                continue
            } catch { failure = error }
            guard let failure else { continue }
            breaks += 1
            guard failure.kind == .reset, request.isRepeatable, breaks <= Self.reconnections,
                attempt <= Self.retries,
                hasTime(for: .milliseconds(100), request, since: started)
            else { throw failure }
            try await pause(.milliseconds(100 * breaks), request)
        }
    }

    /// The answer's object.
    ///
    /// - Throws: for a status of 300 or more, and for what is not JSON.
    func object(_ request: APIRequest) async throws(APIError) -> JSONValue {
        try object(in: try await send(request), of: request)
    }

    /// The object of an answer that is there.
    func object(in response: RawResponse, of request: APIRequest) throws(APIError) -> JSONValue {
        guard response.status < 300 else { throw .status(response, request: describe(request)) }
        do { return try JSONReader.read(response.body) } catch {
            let kind = response.contentType.isEmpty ? "no type" : response.contentType
            throw unreadable(
                error.isTooMuch ? "the answer holds too many values" : "the answer is not JSON (\(kind))", request)
        }
    }

    /// A list, whose items are read one by one while they come.
    ///
    /// - Parameter item: what is kept of an item; nil for nothing.
    /// - Returns: what is kept, and the list as if it had no items.
    /// - Throws: for a status of 300 or more, for what is no list to its end, and what `item` throws, as a reason.
    func list<Item>(
        _ request: APIRequest, _ item: @escaping (JSONValue) throws -> Item?
    ) async throws(APIError) -> (items: [Item], list: JSONValue) {
        var items: [Item] = []
        var list = JSONValue.null
        let response = try await send(request) { body in
            items = []
            var scanner = ListScanner()
            var length = 0
            for try await chunk in body {
                length += chunk.readableBytes
                guard length <= request.largest else { throw NIOTooManyBytesError(maxBytes: request.largest) }
                do {
                    try scanner.feed(Array(chunk.readableBytesView)) { bytes in
                        let own = self.credentials.sent.removed(fromItem: bytes)
                        if let kept = try item(try JSONReader.read(own, ignoring: request.ignored)) {
                            items.append(kept)
                        }
                    }
                } catch {
                    throw self.unreadable((error as? JSONReader.Malformed).map(Self.reason) ?? "\(error)", request)
                }
            }
            do { list = try scanner.end(without: self.credentials.sent) } catch {
                throw self.unreadable("\(error)", request)
            }
            return []
        }
        guard response.status < 300 else { throw .status(response, request: describe(request)) }
        guard list["kind"].string?.hasSuffix("List") == true else { throw unreadable("the answer is no list", request) }
        return (items, list)
    }

    private static func reason(_ error: JSONReader.Malformed) -> String {
        error.isTooMuch ? "an item holds too many values" : "an item is not JSON"
    }

    func endless(_ reason: String, _ request: APIRequest) -> APIError {
        APIError(
            .tooLarge, request: describe(request), reason: reason,
            hint: "is \(connection.server) a Kubernetes API server?")
    }

    func unreadable(_ reason: String, _ request: APIRequest) -> APIError {
        APIError(
            .notKubernetes, request: describe(request), reason: reason,
            hint: "is \(connection.server) a Kubernetes API server?")
    }

    func describe(_ request: APIRequest) -> String {
        "\(request.method.rawValue) \(connection.server)\(request.target)"
    }

    private func sendOnce(
        _ request: APIRequest, renewingCredentials: Bool, limit: Duration?,
        reading read: @escaping (HTTPClientResponse.Body) async throws -> [UInt8]
    ) async throws(APIError) -> RawResponse {
        let end = limit.map { ContinuousClock.now + $0 }
        let response = try await open(request, renewingCredentials: renewingCredentials, limit: limit)
        do {
            let isWanted = response.status.code < 300
            let body = try await Self.ending(by: end) {
                isWanted ? try await read(response.body) : try await Self.whole(response.body, request)
            }
            return RawResponse(response, body: body, without: credentials.sent)
        } catch { throw .transport(error, request: describe(request), to: connection) }
    }

    /// Reads a body, which HTTPClient's own deadline does not end: that is over once the head is there.
    static func ending<Read: Sendable>(
        by end: ContinuousClock.Instant?, _ read: @escaping () async throws -> Read
    ) async throws -> Read {
        guard let end else { return try await read() }
        // Whoever made it waits for it here, and does nothing meanwhile.
        nonisolated(unsafe) let read = read
        return try await withThrowingTaskGroup(of: Read.self) { group in
            group.addTask { unsafe try await read() }
            group.addTask {
                try await Task.sleep(until: end, clock: .continuous)
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    // MARK: Streams

    /// The head of an answer, whose body is still to come.
    func open(
        _ request: APIRequest, renewingCredentials: Bool = false, limit: Duration?
    ) async throws(APIError) -> HTTPClientResponse {
        var message = HTTPClientRequest(url: prefix + request.target)
        message.method = NIOHTTP1.HTTPMethod(rawValue: request.method.rawValue)
        message.headers.add(name: "Host", value: authority)
        message.headers.add(name: "Accept", value: request.accept)
        message.headers.add(name: "User-Agent", value: "kbootstrap")
        if let header = try await credentials.header(renewed: renewingCredentials) {
            message.headers.add(name: "Authorization", value: header)
        }
        // A request that names its own user asks for that one: the server takes the first, and the last may differ.
        if !request.headers.contains(where: { $0.0 == "Impersonate-User" }) {
            for (name, value) in connection.impersonation.headers { message.headers.add(name: name, value: value) }
        }
        for (name, value) in request.headers { message.headers.add(name: name, value: value) }
        if let body = request.body {
            message.headers.add(name: "Content-Type", value: request.contentType)
            message.body = .bytes(ByteBuffer(bytes: body))
        }
        sent.withLock { $0 += 1 }
        do {
            let deadline: NIODeadline =
                limit.map { .now() + .nanoseconds(Int64($0 / .nanoseconds(1))) } ?? .distantFuture
            return try await client.execute(message, deadline: deadline)
        } catch { throw .transport(error, request: describe(request), to: connection) }
    }

    // MARK: Time

    /// About ten years: the clocks below count nanoseconds in 64 bits.
    private static let longestLimit = Duration.seconds(315_360_000)

    /// What a request has left, with all that it is sent again; nil for as long as it takes.
    private func timeLeft(_ request: APIRequest, since started: ContinuousClock.Instant) -> Duration? {
        let now = ContinuousClock.now
        let own = connection.requestTimeout.map { $0 - (now - started) }
        let whole = RequestDeadline.current.map { $0 - now }
        return [own, whole, request.end.map { $0 - now }].compactMap(\.self).min().map {
            min(max($0, .milliseconds(1)), Self.longestLimit)
        }
    }

    private func hasTime(for wait: Duration, _ request: APIRequest, since started: ContinuousClock.Instant) -> Bool {
        timeLeft(request, since: started).map { wait < $0 } ?? true
    }

    /// Waits until the server may be asked this again, where it has said when.
    ///
    /// - Throws: what it has said, where that is too far off to be waited for in silence.
    func waitOut(_ request: APIRequest) async throws(APIError) {
        while let (wait, said) = postponements.standing(for: request) {
            guard wait <= Self.longestSilence else { throw .status(said, request: describe(request)) }
            try await pause(wait, request)
        }
    }

    func pause(_ duration: Duration, _ request: APIRequest) async throws(APIError) {
        try await pause(until: .now + duration, request)
    }

    func pause(until moment: ContinuousClock.Instant, _ request: APIRequest) async throws(APIError) {
        do { try await Task.sleep(until: moment, clock: .continuous) } catch {
            throw APIError(.cancelled, request: describe(request), reason: "interrupted")
        }
    }
}
