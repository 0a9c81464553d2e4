// SPDX-License-Identifier: Apache-2.0

/// What a backend says to a caller that speaks to it directly.
public enum BackendAnswer: Sendable, Equatable {
    /// An HTTP status, with the message of the Status object where there is one.
    case status(Int, message: String)
    /// It gave no HTTP answer; why, in a word and in a sentence.
    case unreachable(Failure, String)

    /// Where a connection came to its end.
    public enum Failure: String, Sendable, Codable {
        /// Nothing listens there.
        case refused
        /// No route leads there.
        case noRoute
        /// Nothing came back.
        case silent
        /// The handshake fails: a certificate does not verify, or is refused, or there is no TLS.
        case untrusted
        /// The connection ended before the answer.
        case closed
        case other
    }

    /// The HTTP status; nil where there was none.
    public var code: Int? { if case .status(let code, _) = self { code } else { nil } }
}
