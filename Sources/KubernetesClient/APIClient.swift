// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
internal import NIOCore
internal import NIOPosix

/// Speaks to one API server. Knows paths, verbs and Status errors, and no kind of object in particular.
public final class APIClient: Sendable {
    let transport: Transport

    private init(_ transport: Transport) { self.transport = transport }

    /// Opens a client, runs `body` with it, and closes it, whatever happens.
    ///
    /// - Throws: `APIError` where trust or credentials cannot be read; what `body` throws.
    public static func with<R: Sendable>(
        _ connection: ClusterConnection, _ body: (APIClient) async throws -> R
    ) async throws -> R {
        // One thread: a command line tool waits far more than it computes.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let transport: Transport
        do { transport = try await Transport(connection, group: group) } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        let result: Result<R, any Error>
        do { result = .success(try await body(APIClient(transport))) } catch { result = .failure(error) }
        await transport.close { try? await group.shutdownGracefully() }
        return try result.get()
    }

    /// Opens a client for another address as the same caller, runs `body` with it, and closes it.
    ///
    /// It shares this one's thread and credentials, so that a credential plugin is not run again.
    ///
    /// - Throws: `APIError` where trust or credentials cannot be read; what `body` throws.
    public func beside<R: Sendable>(
        _ connection: ClusterConnection, _ body: (APIClient) async throws -> R
    ) async throws -> R {
        let other = try await Transport(connection, group: transport.group, credentials: transport.credentials)
        let result: Result<R, any Error>
        do { result = .success(try await body(APIClient(other))) } catch { result = .failure(error) }
        if let still = await other.close({}) { transport.closesAfter(still) }
        return try result.get()
    }

    /// How many HTTP requests have gone out.
    public var requestCount: Int { transport.requestCount }

    /// The certificates, as DER, that the API server has shown on this client's connections; none over plain HTTP.
    public var serverCertificates: Set<[UInt8]> { transport.identity.shown }

    /// One object.
    ///
    /// - Throws: also where what answers is of another kind.
    public func get(_ reference: ObjectReference) async throws(APIError) -> JSONValue {
        let request = APIRequest(path: reference.path)
        let object = try await transport.object(request)
        guard object["kind"].string == reference.type.kind else {
            throw transport.unreadable("the answer is no \(reference.type.kind)", request)
        }
        return object
    }

    /// Every object of a type, in pages of 500. All pages together may take ten times as long as one request.
    ///
    /// - Parameters:
    ///   - namespace: nil for all of them.
    ///   - labelSelector: as kubectl's `-l`.
    ///   - fromCache: as the API server has them in memory, some milliseconds old at most where it is well; it may then
    ///     answer all in one page.
    ///   - ignored: members, at any depth, that are passed over.
    ///   - kept: what is kept of an object once its page is read; nil for nothing. Of many objects more than a page does
    ///     not fit into memory twice.
    public func list(
        _ type: ResourceType, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        fromCache: Bool = false, ignoring ignored: Set<String> = [],
        keeping kept: @escaping (JSONValue) -> JSONValue? = { $0 }
    ) async throws(APIError) -> ObjectList {
        var items: [JSONValue] = []
        var token: String?
        var restarted = false
        var pages = 0
        let end = transport.connection.requestTimeout.map { ContinuousClock.now + $0 * Self.longestList }
        while true {
            var query: [(String, String)] = [("limit", "500")]
            if let labelSelector { query.append(("labelSelector", labelSelector)) }
            if let fieldSelector { query.append(("fieldSelector", fieldSelector)) }
            if let token {
                query.append(("continue", token))
            } else if fromCache {
                query.append(("resourceVersion", "0"))
            }
            var request = APIRequest(path: type.path(namespace: namespace), query: query)
            request.ignored = ignored
            request.end = end
            pages += 1
            if pages > Self.mostPages || (pages > 1 && end.map { $0 <= .now } == true) {
                throw transport.endless("the list does not end, not after \(pages - 1) pages", request)
            }
            do throws(APIError) {
                let (found, page) = try await transport.list(request, kept)
                items += found
                token = page["metadata"]["continue"].string.flatMap { $0.isEmpty ? nil : $0 }
                if token == nil {
                    return ObjectList(
                        items: items, resourceVersion: page["metadata"]["resourceVersion"].string ?? "")
                }
            } catch {
                // The pages' common version is gone: begin again, once.
                guard error.statusCode == 410, token != nil, !restarted else { throw error }
                restarted = true
                token = nil
                items = []
            }
        }
    }

    /// 500 objects each: more than a cluster has room for (150,000 pods; 8 GiB in etcd).
    private static let mostPages = 2000
    /// How many times as long as one request a list may take.
    private static let longestList = 10

    /// A list in one answer, however long: its items are read one by one while they come, and none is kept but what
    /// `item` returns.
    ///
    /// - Parameters:
    ///   - ignored: members, at any depth, that are passed over.
    ///   - item: what is kept of an item; nil for nothing.
    /// - Returns: what is kept, and the list as if it had no items.
    /// - Throws: for a status of 300 or more, and for a list that does not come to its end.
    public func items<Item>(
        _ path: String, query: [(String, String)] = [], accept: String = "application/json",
        ignoring ignored: Set<String> = [], _ item: @escaping (JSONValue) throws -> Item?
    ) async throws(APIError) -> (items: [Item], list: JSONValue) {
        var request = APIRequest(path: path, query: query)
        request.accept = accept
        request.ignored = ignored
        return try await transport.list(request, item)
    }

    /// Creates an object in the namespace that it names.
    ///
    /// - Parameter dryRun: have the server do everything but keep the result.
    /// - Returns: the object as the server has it.
    /// - Throws: 409 where there is one of that name.
    public func create(_ object: JSONValue, dryRun: Bool = false) async throws(APIError) -> JSONValue {
        let reference = try reference(of: object)
        return try await transport.object(
            APIRequest(
                method: .post, path: reference.type.path(namespace: reference.namespace),
                query: dryRun ? [("dryRun", "All")] : [], body: try encode(object)))
    }

    /// How a patch is read, by its media type (RFC 7386, strategic merge, RFC 6902, server-side apply).
    public enum PatchType: String, Sendable {
        case merge = "application/merge-patch+json"
        case strategic = "application/strategic-merge-patch+json"
        case json = "application/json-patch+json"
        case apply = "application/apply-patch+yaml"
    }

    /// Changes an object by a patch.
    ///
    /// - Parameters:
    ///   - query: such as `fieldManager` and `force` of an apply.
    ///   - dryRun: have the server do everything but keep the result.
    /// - Returns: the object as the server has it then.
    /// - Throws: 404 where there is none, but for an apply; 409 for a conflict.
    public func patch(
        _ reference: ObjectReference, _ patch: JSONValue, type: PatchType, query: [(String, String)] = [],
        dryRun: Bool = false
    ) async throws(APIError) -> JSONValue {
        try await transport.object(
            APIRequest(
                method: .patch, path: reference.path, query: query + (dryRun ? [("dryRun", "All")] : []),
                body: try encode(patch), contentType: type.rawValue))
    }

    /// Replaces an object, or one of its subresources, by what it is to be; `object` names it.
    ///
    /// - Throws: 409 where its `resourceVersion` is not the server's any more.
    public func replace(_ object: JSONValue, subresource: String? = nil) async throws(APIError) -> JSONValue {
        let path = try reference(of: object).path + (subresource.map { "/\($0)" } ?? "")
        return try await transport.object(APIRequest(method: .put, path: path, body: try encode(object)))
    }

    /// Deletes an object; what belongs to it goes in the background.
    ///
    /// - Parameter uid: delete only the object with this identity.
    public func delete(_ reference: ObjectReference, uid: String? = nil) async throws(APIError) {
        var options: JSONValue = [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
        ]
        if let uid { options["preconditions"] = ["uid": .string(uid)] }
        _ = try await transport.object(
            APIRequest(method: .delete, path: reference.path, body: try encode(options)))
    }

    /// Any request, and its answer whatever the status; `path` may carry a query.
    public func raw(
        _ method: HTTPMethod = .get, _ path: String, query: [(String, String)] = [],
        headers: [(String, String)] = [], body: JSONValue? = nil
    ) async throws(APIError) -> RawResponse {
        try await transport.send(
            APIRequest(method: method, path: path, query: query, headers: headers, body: try body.map(encode)))
    }

    /// A container's log, its last lines, as text from elsewhere: escaped.
    public func logs(
        pod: String, namespace: String, container: String? = nil, tailLines: Int = 200, previous: Bool = false,
        sinceSeconds: Int? = nil, timestamps: Bool = false
    ) async throws(APIError) -> String {
        var query = [("tailLines", "\(tailLines)"), ("limitBytes", "1048576")]
        if let container { query.append(("container", container)) }
        if previous { query.append(("previous", "true")) }
        if timestamps { query.append(("timestamps", "true")) }
        if let sinceSeconds { query.append(("sinceSeconds", "\(sinceSeconds)")) }
        let path = ObjectReference(.pods, namespace: namespace, name: pod).path + "/log"
        var request = APIRequest(path: path, query: query)
        request.accept = "*/*"
        request.largest = 2 << 20
        let response = try await transport.send(request)
        guard response.status < 300 else { throw .status(response, request: transport.describe(request)) }
        return String(decoding: response.body, as: UTF8.self).escapingControls
    }

    /// The server's version.
    ///
    /// - Throws: also where what answers is no Kubernetes API server.
    public func serverVersion() async throws(APIError) -> ServerVersion { try await serverVersionAndTime().version }

    /// The server's version, and what its clock said when it answered, in whole seconds; nil where it does not tell.
    ///
    /// - Throws: also where what answers is no Kubernetes API server.
    public func serverVersionAndTime() async throws(APIError) -> (version: ServerVersion, time: Date?) {
        let request = APIRequest(path: "/version")
        let response = try await transport.send(request)
        guard let version = ServerVersion(try transport.object(in: response, of: request)) else {
            throw APIError(
                .notKubernetes, request: transport.describe(request), reason: "it tells no Kubernetes version",
                hint: "is \(transport.connection.server) a Kubernetes API server?")
        }
        return (version, response.date)
    }

    /// - Throws: where the object is of a kind that this program does not know.
    public func reference(of object: JSONValue) throws(APIError) -> ObjectReference {
        guard let reference = ObjectReference(object) else {
            throw APIError(
                .notKubernetes, request: "\(object["kind"].string ?? "object") \(object.name ?? "without name")",
                reason: "is of a kind that this program does not know")
        }
        return reference
    }

    func encode(_ value: JSONValue) throws(APIError) -> [UInt8] {
        do { return try value.serialized() } catch {
            throw APIError(.notKubernetes, request: "encoding a request", reason: "\(error)")
        }
    }
}

/// Objects of one type, and the version of the collection that they were read at.
public struct ObjectList: Sendable {
    /// As the server has them, or what was kept of them.
    public let items: [JSONValue]
    /// Where a watch goes on from; empty where the server told none.
    public let resourceVersion: String
}
