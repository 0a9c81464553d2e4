// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What the server has asked to be left alone with (`Retry-After`), and until when: a request for the same is not sent
/// before, whoever makes it.
final class Postponements: Sendable {
    private struct Postponement {
        let until: ContinuousClock.Instant
        let said: RawResponse
    }

    /// By path: the server has no time for the object, however it is asked.
    private let all = Mutex<[String: Postponement]>([:])

    /// The longest that is believed.
    private static let longest = Duration.seconds(86_400)

    /// Keeps what an answer asks for, where it asks for anything.
    func note(_ response: RawResponse, to request: APIRequest) {
        guard response.status == 429 || response.status >= 500, let seconds = response.retryAfter, seconds > 0
        else { return }
        let postponement = Postponement(until: .now + min(.seconds(seconds), Self.longest), said: response)
        all.withLock { $0[request.path] = postponement }
    }

    /// How long a request has to wait, and what the server has said instead of answering; nil where it may go out.
    func standing(for request: APIRequest) -> (wait: Duration, said: RawResponse)? {
        all.withLock { all in
            guard let one = all[request.path] else { return nil }
            let wait = one.until - .now
            guard wait > .zero else {
                all[request.path] = nil
                return nil
            }
            return (wait, one.said)
        }
    }
}
