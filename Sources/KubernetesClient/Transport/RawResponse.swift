// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
public import FoundationEssentials
internal import NIOHTTP1

/// An HTTP answer, whatever its status.
public struct RawResponse: Sendable, Equatable {
    /// The HTTP status code.
    public let status: Int
    /// The content type, without parameters; empty where the server gave none.
    public let contentType: String
    /// All of it, as it came but for the credentials of the request, should they be in it. It is to be parsed; what is
    /// shown of it is `message`.
    public let body: [UInt8]
    /// What the server's clock said when it answered (its `Date` header), in whole seconds; nil where it does not tell.
    public let date: Date?
    /// How long the server asks to wait before the next try, in seconds.
    let retryAfter: Int?

    /// An answer.
    ///
    /// - Parameter retryAfter: in seconds; nil where the server has asked for no wait.
    public init(status: Int, contentType: String, body: [UInt8], date: Date? = nil, retryAfter: Int? = nil) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.date = date
        self.retryAfter = retryAfter
    }

    /// What the server says in words: a Status' message, otherwise the body's beginning.
    public var message: ServerMessage { ServerMessage(body: body) }

    /// - Parameters:
    ///   - body: what has been read of it.
    ///   - secrets: what is cut out of it.
    init(_ response: HTTPClientResponse, body: [UInt8], without secrets: SentSecrets) {
        let type = secrets.removed(from: response.headers.first(name: "content-type") ?? "")
        self.init(
            status: Int(response.status.code), contentType: String(type.prefix { $0 != ";" }),
            body: secrets.removed(from: body),
            date: response.headers.first(name: "date").flatMap { Date(httpDate: $0) },
            retryAfter: response.headers.first(name: "retry-after").flatMap { Int($0) }.map { max(0, $0) })
    }
}

/// The methods that the API is spoken to with.
public enum HTTPMethod: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
}

/// A request to the API server.
struct APIRequest: Sendable {
    var method: HTTPMethod = .get
    let path: String
    /// Names and values, not yet encoded.
    var query: [(String, String)] = []
    var headers: [(String, String)] = []
    var body: [UInt8]?
    var contentType = "application/json"
    /// The longest answer that is read, in bytes.
    var largest = 512 << 20
    var accept = "application/json"
    /// When it must have been answered, however often it is sent; nil for no such moment.
    var end: ContinuousClock.Instant?
    /// Members of a list's items, at any depth, that are passed over.
    var ignored: Set<String> = []

    /// Whether it may be sent again when its answer got lost: it changes nothing (RFC 9110, section 9.2.1), it is a
    /// review, which is answered and not kept, or an apply, which comes to the same when done twice.
    var isRepeatable: Bool {
        method == .get || (method == .post && path.hasPrefix("/apis/authorization.k8s.io/"))
            || (method == .patch && contentType == APIClient.PatchType.apply.rawValue)
    }

    var target: String {
        query.isEmpty ? path : path + "?" + query.map { "\($0)=\($1.queryValue)" }.joined(separator: "&")
    }
}
