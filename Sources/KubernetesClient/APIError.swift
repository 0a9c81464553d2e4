// SPDX-License-Identifier: Apache-2.0

/// A request that did not come to what was asked: which, why, and what to type next.
public struct APIError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as far as callers act on it.
    public enum Kind: Sendable, Equatable {
        /// An HTTP status of 300 or more; `reason` and `causes` are those of the server's Status object.
        case status(code: Int, reason: String, causes: [Cause])
        /// Nothing listens at the address.
        case refused
        /// No route leads to the address.
        case noRoute
        /// The server's host name has no address.
        case nameNotFound
        /// The handshake failed, or the CA cannot be read.
        case tls
        /// No connection or no answer within the time given.
        case timeout
        /// The connection ended before the answer did.
        case reset
        /// An answer beyond the bound that it is read with.
        case tooLarge
        /// An answer that is not what a Kubernetes API server says.
        case notKubernetes
        /// The credential plugin, or a file that it or the kubeconfig names.
        case credentials
        /// The task was cancelled, as by Ctrl-C.
        case cancelled
    }

    /// One cause of a Status: a field and what is wrong with it, or who owns it.
    public struct Cause: Sendable, Equatable {
        /// Such as `.spec.replicas`; empty where the server named none.
        public let field: String
        /// In the server's words.
        public let message: String

        init(field: String, message: String) {
            self.field = ServerMessage(field).description
            self.message = ServerMessage(message).description
        }
    }

    /// What went wrong.
    public let kind: Kind
    /// `GET https://…/path`.
    public let request: String
    /// Why, in one line: without secrets, and with control characters escaped.
    public let reason: String
    /// What the server said, without the status before it; empty where it gave no answer.
    public let serverMessage: String
    /// What to type next, where that is known.
    public let hint: String?

    init(_ kind: Kind, request: String, reason: String, serverMessage: String = "", hint: String? = nil) {
        self.kind = kind
        self.request = request.singleLine
        self.reason = ServerMessage(reason).description
        self.serverMessage = ServerMessage(serverMessage).description
        self.hint = hint?.singleLine
    }

    public var description: String { "\(request): \(reason)" }

    /// The HTTP status; nil where there was none.
    public var statusCode: Int? { if case .status(let code, _, _) = kind { code } else { nil } }

    /// Whether the server says that there is no such object.
    public var isNotFound: Bool { statusCode == 404 }

    /// What a server's answer with a status of 300 or more means.
    static func status(_ response: RawResponse, request: String) -> APIError {
        let status = (try? JSONValue.parse(response.body)) ?? .null
        let isStatus = status["kind"].string == "Status"
        let causes = (status["details"]["causes"].array ?? []).map { (cause: JSONValue) in
            Cause(field: cause["field"].string ?? "", message: cause["message"].string ?? "")
        }
        let message = response.message
        return APIError(
            .status(
                code: response.status, reason: isStatus ? ServerMessage(status["reason"].string ?? "").description : "",
                causes: causes),
            request: request, reason: "HTTP \(response.status)" + (message.isEmpty ? "" : ": \(message)"),
            serverMessage: message.description,
            hint: hint(response.status))
    }

    private static func hint(_ status: Int) -> String? {
        switch status {
        case 401: "kubectl config view --minify   # the API server does not accept these credentials"
        case 403: "run it as a user who may, for example with --as or --context"
        case 409: "the same with --force-conflicts   # takes these fields over; or leave them to their owner"
        case 300..<400: "the server redirects, which no API server does: check `server` in the kubeconfig"
        default: nil
        }
    }
}
