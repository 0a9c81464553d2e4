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
    private let client: HTTPClient
    private let credentials: CredentialSource
    private let prefix: String
    private let sent = Mutex(0)

    /// How often a request is sent again at most.
    private static let retries = 8
    /// The same because the connection broke, without an answer in between: one that was kept may have been closed.
    private static let reconnections = 2
    /// The longest wait that a Retry-After gets, in seconds.
    private static let longestRetryAfter = 10

    init(_ connection: ClusterConnection, group: any EventLoopGroup) async throws(APIError) {
        self.connection = connection
        credentials = CredentialSource(connection)
        let tls = try TLSSettings.make(connection, identity: try await credentials.identity())
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(10)
        // HTTP/2 would share one connection, and a server that resets it ends every request on it.
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        if let proxy = connection.proxy, let host = proxy.host(percentEncoded: false) {
            configuration.proxy = .server(host: host, port: proxy.port ?? (proxy.scheme == "https" ? 443 : 3128))
        }

        var host = connection.base.host(percentEncoded: false) ?? ""
        if let name = connection.tlsServerName {
            // The certificate must be for this name, while the address that is dialled stays.
            configuration.dnsOverride = [name: host]
            host = name
        }
        if host.contains(":"), !host.hasPrefix("[") { host = "[\(host)]" }
        let port = connection.base.port.map { ":\($0)" } ?? ""
        var path = connection.base.path(percentEncoded: true)
        while path.hasSuffix("/") { path.removeLast() }
        prefix = "\(connection.base.scheme ?? "https")://\(host)\(port)\(path)"
        client = HTTPClient(eventLoopGroup: group, configuration: configuration)
    }

    func shutdown() async { try? await client.shutdown() }

    /// How many HTTP requests have gone out.
    var requestCount: Int { sent.withLock { $0 } }

    // MARK: Whole answers

    /// The answer, whatever its status.
    func send(_ request: APIRequest) async throws(APIError) -> RawResponse {
        let started = ContinuousClock.now
        var attempt = 0
        var breaks = 0
        var renewed = false
        while true {
            attempt += 1
            var failure: APIError?
            do throws(APIError) {
                let response = try await sendOnce(request, renewingCredentials: renewed)
                if response.status == 401, !renewed, await credentials.isRenewable {
                    renewed = true
                    continue
                }
                let mayRetry = response.status == 429 || response.status >= 500
                guard mayRetry, let seconds = response.retryAfter, attempt <= Self.retries,
                    hasTime(for: .seconds(seconds), since: started), seconds <= Self.longestRetryAfter
                else { return response }
                // A server that closes behind each answer can break the next request, every time anew.
                breaks = 0
                try await pause(.seconds(seconds), request)
                continue
            } catch { failure = error }
            guard let failure else { continue }
            breaks += 1
            guard failure.kind == .reset, request.method.isSafe, breaks <= Self.reconnections,
                attempt <= Self.retries,
                hasTime(for: .milliseconds(100), since: started)
            else { throw failure }
            try await pause(.milliseconds(100 * breaks), request)
        }
    }

    /// The answer's object.
    ///
    /// - Throws: for a status of 300 or more, and for what is not JSON.
    func object(_ request: APIRequest) async throws(APIError) -> JSONValue {
        let response = try await send(request)
        guard response.status < 300 else { throw .status(response, request: describe(request)) }
        do { return try JSONValue.parse(response.body) } catch {
            throw APIError(
                .notKubernetes, request: describe(request),
                reason: "the answer is not JSON (\(response.contentType.isEmpty ? "no type" : response.contentType))",
                hint: "is \(connection.server) a Kubernetes API server?")
        }
    }

    func describe(_ request: APIRequest) -> String {
        "\(request.method.rawValue) \(connection.server)\(request.target)"
    }

    private func sendOnce(
        _ request: APIRequest, renewingCredentials: Bool
    ) async throws(APIError) -> RawResponse {
        let response = try await open(
            request, renewingCredentials: renewingCredentials, limit: connection.requestTimeout)
        do {
            let body = try await response.body.collect(upTo: request.largest)
            let type = response.headers.first(name: "content-type") ?? ""
            return RawResponse(
                status: Int(response.status.code),
                contentType: String(type.prefix { $0 != ";" }), body: Array(body.readableBytesView),
                retryAfter: response.headers.first(name: "retry-after").flatMap { Int($0) }.map { max(0, $0) })
        } catch { throw .transport(error, request: describe(request), server: connection.server) }
    }

    // MARK: Streams

    /// The head of an answer, whose body is still to come.
    func open(
        _ request: APIRequest, renewingCredentials: Bool = false, limit: Duration?
    ) async throws(APIError) -> HTTPClientResponse {
        var message = HTTPClientRequest(url: prefix + request.target)
        message.method = NIOHTTP1.HTTPMethod(rawValue: request.method.rawValue)
        message.headers.add(name: "Accept", value: request.accept)
        message.headers.add(name: "User-Agent", value: "kbootstrap")
        if let header = try await credentials.header(renewed: renewingCredentials) {
            message.headers.add(name: "Authorization", value: header)
        }
        if let user = connection.impersonatedUser {
            message.headers.add(name: "Impersonate-User", value: user)
            for group in connection.impersonatedGroups { message.headers.add(name: "Impersonate-Group", value: group) }
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
        } catch { throw .transport(error, request: describe(request), server: connection.server) }
    }

    // MARK: Time

    private func hasTime(for wait: Duration, since started: ContinuousClock.Instant) -> Bool {
        guard let limit = connection.requestTimeout else { return true }
        return ContinuousClock.now - started + wait < limit
    }

    func pause(_ duration: Duration, _ request: APIRequest) async throws(APIError) {
        do { try await Task.sleep(for: duration) } catch {
            throw APIError(.cancelled, request: describe(request), reason: "interrupted")
        }
    }
}
