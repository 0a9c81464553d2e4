// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import Synchronization

/// Asks the API server who a token belongs to and who may do what, and remembers the answers for a while.
final class Reviews: Sendable {
    /// How long an answer holds: 10 s, the default of Kubernetes' delegating authenticators and authorizers.
    static let lifetime = Duration.seconds(10)

    /// What a subject wants to do.
    enum Action: Hashable, Sendable {
        case resource(ResourceAction)
        case path(verb: String, path: String)
    }

    struct ResourceAction: Hashable, Sendable {
        var verb: String
        var group = ""
        var version = "v1"
        var resource: String
        var subresource = ""
        var namespace = ""
        var name = ""
    }

    struct Decision: Sendable {
        let isAllowed: Bool
        let reason: String
    }

    private struct Question: Hashable {
        let caller: Caller
        let action: Action
    }

    private struct Memory {
        var callers: [String: (caller: Caller?, until: ContinuousClock.Instant)] = [:]
        var decisions: [Question: (decision: Decision, until: ContinuousClock.Instant)] = [:]
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

    func decision(on action: Action, by caller: Caller) async throws(ReviewFailure) -> Decision {
        let now = ContinuousClock.now
        let question = Question(caller: caller, action: action)
        if let known = memory.withLock({ $0.decisions[question] }), known.until > now { return known.decision }
        var spec: JSONValue = [
            "user": .string(caller.name), "groups": .array(caller.groups.map { .string($0) }),
            "extra": .object(caller.extra.mapValues { .array($0.map { .string($0) }) }),
        ]
        switch action {
        case .resource(let wanted):
            spec["resourceAttributes"] = [
                "verb": .string(wanted.verb), "group": .string(wanted.group), "version": .string(wanted.version),
                "resource": .string(wanted.resource), "subresource": .string(wanted.subresource),
                "namespace": .string(wanted.namespace), "name": .string(wanted.name),
            ]
        case .path(let verb, let path):
            spec["nonResourceAttributes"] = ["verb": .string(verb), "path": .string(path)]
        }
        let status = try await post(
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            [
                "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": [:], "spec": spec,
            ])
        let decision = Decision(isAllowed: status["allowed"].bool ?? false, reason: status["reason"].string ?? "")
        remember { $0.decisions[question] = (decision, now + Self.lifetime) }
        return decision
    }

    /// The status of a review, as the API server filled it in.
    private func post(_ path: String, _ review: JSONValue) async throws(ReviewFailure) -> JSONValue {
        let response: RawResponse
        do { response = try await client.raw(.post, path, body: review) } catch {
            throw ReviewFailure(text: error.textInGo)
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

/// A review that was not answered; `text` is what client-go says.
struct ReviewFailure: Error {
    let text: String
}
