// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// What following the requests came to.
public enum ServingDecision: Sendable {
    case approved(ServingRequestVerdict)
    /// Not approved, and why; told again only when the reasons change.
    case left(ServingRequestVerdict)
    /// The API server could not be asked; it will be asked again.
    case waiting(APIError)
}

extension ServingApproval {
    /// How often what was left is judged again: a kubelet asks as soon as it knows its addresses, and its Node may learn
    /// them ten seconds later (kubelet, nodeStatusUpdateFrequency).
    private static let again = Duration.seconds(10)
    /// How old the Nodes that a request is judged by may be: the many requests of a starting cluster share one reading.
    private static let freshness = Duration.seconds(3)

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
                    try await Task.sleep(for: Self.again)
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
                    _ = try await client.list(.certificateSigningRequests, fieldSelector: Self.selector)
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
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// The requests that are still pending, each with what was told about it.
    private struct ServingRequestDesk {
        let approval: ServingApproval
        let tell: @Sendable (ServingDecision) -> Void
        private var pending: [String: (request: ServingRequest, told: [String]?)] = [:]
        private var judge: (value: ServingRequestJudge, read: ContinuousClock.Instant)?

        init(approval: ServingApproval, tell: @escaping @Sendable (ServingDecision) -> Void) {
            self.approval = approval
            self.tell = tell
        }

        mutating func take(_ request: ServingRequest) async {
            guard request.state == .pending else { return forget(request.name) }
            pending[request.name] = (request, pending[request.name]?.told)
            await decide([request])
        }

        mutating func forget(_ name: String) { pending[name] = nil }

        mutating func lookAgain() async {
            await decide(pending.values.map(\.request).sorted { $0.name < $1.name })
        }

        private mutating func decide(_ requests: [ServingRequest]) async {
            for request in requests {
                do throws(APIError) {
                    let verdict = try await approval.approve(try await current().judge(request))
                    if verdict.request.state == .pending {
                        if pending[request.name]?.told != verdict.reasons { tell(.left(verdict)) }
                        pending[request.name]?.told = verdict.reasons
                    } else {
                        forget(request.name)
                        if verdict.request.state == .approved { tell(.approved(verdict)) }
                    }
                } catch {
                    if error.isNotFound { forget(request.name) } else { tell(.waiting(error)) }
                }
            }
        }

        private mutating func current() async throws(APIError) -> ServingRequestJudge {
            if let judge, ContinuousClock.now - judge.read < freshness { return judge.value }
            let read = ContinuousClock.now
            let fresh = try await approval.judge()
            judge = (fresh, read)
            return fresh
        }
    }
}
