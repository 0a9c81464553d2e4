// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import Synchronization

/// Asks the API server who a token belongs to and who may do what, and remembers the answers for a while.
final class Reviews: Sendable {
    /// How long an answer holds: 10 s, the default of Kubernetes' delegating authenticators and authorizers.
    static let lifetime = Duration.seconds(10)

    /// What a subject wants to do.
    struct ResourceAction: Hashable, Sendable {
        let verb: String
        let resource: String
        let subresource: String
        let name: String
    }

    private struct Question: Hashable {
        let caller: Caller
        let action: ResourceAction
    }

    private struct Memory {
        var callers: [String: (caller: Caller?, until: ContinuousClock.Instant)] = [:]
        var decisions: [Question: (isAllowed: Bool, until: ContinuousClock.Instant)] = [:]
    }

    private let client: APIClient
    private let memory = Mutex(Memory())

    init(_ client: APIClient) { self.client = client }

    /// Nil when the API server does not know the token.
    func caller(ofToken token: String) async throws(ReviewFailure) -> Caller? {
        let now = ContinuousClock.now
        if let known = memory.withLock({ $0.callers[token] }), known.until > now { return known.caller }
        let status = try await post(
            "/apis/authentication.k8s.io/v1/tokenreviews",
            [
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "metadata": [:],
                "spec": ["token": .string(token)],
            ])
        let user = status["user"]
        var caller: Caller?
        if status["authenticated"].bool == true, let name = user["username"].string {
            caller = Caller(
                name: name, groups: (user["groups"].array ?? []).compactMap(\.string),
                extra: (user["extra"].object ?? [:]).mapValues { ($0.array ?? []).compactMap(\.string) })
        }
        remember { [caller] in $0.callers[token] = (caller, now + Self.lifetime) }
        return caller
    }

    func allows(_ action: ResourceAction, by caller: Caller) async throws(ReviewFailure) -> Bool {
        let now = ContinuousClock.now
        let question = Question(caller: caller, action: action)
        if let known = memory.withLock({ $0.decisions[question] }), known.until > now { return known.isAllowed }
        let status = try await post(
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            [
                "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": [:],
                "spec": [
                    "user": .string(caller.name), "groups": .array(caller.groups.map { .string($0) }),
                    "extra": .object(caller.extra.mapValues { .array($0.map { .string($0) }) }),
                    "resourceAttributes": [
                        "verb": .string(action.verb), "version": "v1", "resource": .string(action.resource),
                        "subresource": .string(action.subresource), "name": .string(action.name),
                    ],
                ],
            ])
        let isAllowed = status["allowed"].bool ?? false
        remember { $0.decisions[question] = (isAllowed, now + Self.lifetime) }
        return isAllowed
    }

    /// The status of a review, as the API server filled it in.
    private func post(_ path: String, _ review: JSONValue) async throws(ReviewFailure) -> JSONValue {
        let response: RawResponse
        do { response = try await client.raw(.post, path, body: review) } catch {
            throw ReviewFailure(text: error.description)
        }
        let answer = (try? JSONValue.parse(response.body)) ?? .null
        guard response.status < 300 else {
            throw ReviewFailure(text: answer["message"].string ?? "the server responded with status \(response.status)")
        }
        return answer["status"]
    }

    /// Questions vary without end: when very many are known, all are forgotten.
    private func remember(_ change: (inout Memory) -> Void) {
        memory.withLock { memory in
            if memory.callers.count + memory.decisions.count > 10_000 { memory = Memory() }
            change(&memory)
        }
    }
}

/// A review that was not answered, and why.
struct ReviewFailure: Error {
    let text: String
}
