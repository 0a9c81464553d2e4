// SPDX-License-Identifier: Apache-2.0

/// An HTTP answer, whatever its status.
public struct RawResponse: Sendable, Equatable {
    public let status: Int
    /// The content type, without parameters; empty where the server gave none.
    public let contentType: String
    public let body: [UInt8]
    /// How long the server asks to wait before the next try, in seconds.
    let retryAfter: Int?

    public init(status: Int, contentType: String, body: [UInt8], retryAfter: Int? = nil) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.retryAfter = retryAfter
    }
}

/// The methods that the API is spoken to with.
public enum HTTPMethod: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Whether a request may be sent again when its answer got lost (RFC 9110, section 9.2.1).
    var isSafe: Bool { self == .get }
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

    var target: String {
        query.isEmpty ? path : path + "?" + query.map { "\($0)=\($1.queryValue)" }.joined(separator: "&")
    }
}
