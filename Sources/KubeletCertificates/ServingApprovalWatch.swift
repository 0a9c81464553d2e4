// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// What following the requests came to.
public enum ServingDecision: Sendable {
    case approved(ServingRequestVerdict)
    /// Not approved, and why; told again only when the reasons change.
    case left(ServingRequestVerdict)
    /// It was pending here, and no certificate comes: denied or failed, or approved and not signed.
    case stuck(ServingRequestVerdict)
    /// The API server could not be asked; it will be asked again.
    case waiting(APIError)
}

extension ServingApproval {
    private enum Signal: Sendable {
        case seen(ServingRequest)
        case gone(String)
        case again
    }

    /// Follows the requests and approves what may be, until the task is cancelled. It goes on when the API server comes
    /// back, or a request could not be written.
    ///
    /// - Throws: `APIError` where the requests cannot be listed to begin with; `CancellationError`.
    public func follow(_ tell: @escaping @Sendable (ServingDecision) -> Void) async throws {
        // What may not be read is found out at once, not by the first request.
        _ = try await judge()
        let (signals, inbox) = AsyncStream<Signal>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listen(inbox, tell) }
            group.addTask {
                while true {
                    try await Task.sleep(for: LaterLooks.round)
                    inbox.yield(.again)
                }
            }
            group.addTask {
                var desk = ServingRequestDesk(approval: self, tell: tell)
                for await signal in signals {
                    switch signal {
                    case .seen(let request): await desk.take(request)
                    case .gone(let name): desk.forget(name)
                    case .again: await desk.lookAgain()
                    }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    private func listen(
        _ inbox: AsyncStream<Signal>.Continuation, _ tell: @Sendable (ServingDecision) -> Void
    ) async throws {
        var hasBegun = false
        while true {
            do throws(APIError) {
                if !hasBegun {
                    // Whether they may be read; the watch brings them.
                    _ = try await client.list(.certificateSigningRequests, fieldSelector: Self.selector) { _ in nil }
                    hasBegun = true
                }
                try await client.watch(.certificateSigningRequests, fieldSelector: Self.selector) { event in
                    switch event {
                    case .added(let object), .modified(let object): inbox.yield(.seen(ServingRequest(object)))
                    case .deleted(let object): inbox.yield(.gone(object.name ?? ""))
                    }
                    return true
                }
            } catch {
                try Task.checkCancellation()
                guard hasBegun else { throw error }
                tell(.waiting(error))
            }
            try await client.waitForRound()
        }
    }
}
