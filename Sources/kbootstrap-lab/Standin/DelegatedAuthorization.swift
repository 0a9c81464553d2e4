// SPDX-License-Identifier: Apache-2.0

/// Decides what a caller may do, as an extension API server does: some always, the rest as the API server says.
struct DelegatedAuthorization: Sendable {
    /// Paths that are open to everybody, exactly as they stand (k8s.io/apiserver, NewDelegatingAuthorizationOptions).
    static let openPaths: Set<String> = ["/healthz", "/readyz", "/livez"]
    static let privilegedGroup = "system:masters"

    enum Verdict: Sendable {
        case allowed
        case forbidden(String)
        /// The API server could not be asked.
        case unknown(String)
    }

    let reviews: Reviews
    let log: KlogLine

    func verdict(on request: ServedRequest, by caller: Caller) async -> Verdict {
        if caller.groups.contains(Self.privilegedGroup) { return .allowed }
        let attributes = RequestAttributes(request)
        if case .path(_, let path) = attributes.action, Self.openPaths.contains(path) { return .allowed }
        do {
            let decision = try await reviews.decision(on: attributes.action, by: caller)
            if decision.isAllowed { return .allowed }
            let refusal = attributes.refusal(of: caller)
            return .forbidden(decision.reason.isEmpty ? refusal : "\(refusal): \(decision.reason)")
        } catch {
            log.plain(.error, "Failed to make webhook authorizer request: \(error.text)", at: "webhook.go:224")
            return .unknown(error.text)
        }
    }
}
