// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// What following the requests came to.
public enum KubeletCertificateDecision: Sendable {
    case approved(KubeletCertificateRequestVerdict)
    /// Not approved, and why; told again only when the reasons change.
    case left(KubeletCertificateRequestVerdict)
    /// It was pending here, and no certificate comes: denied or failed, or approved and not signed.
    case stuck(KubeletCertificateRequestVerdict)
    /// The API server could not be asked; it will be asked again.
    case waiting(APIError)
}

extension KubeletCertificateApproval {
    private enum Signal: Sendable {
        case seen(KubeletCertificateRequest)
        case gone(String)
        case again
    }

    /// Follows the requests and approves what may be, until the task is cancelled. It goes on when the API server comes
    /// back, or a request could not be written.
    ///
    /// - Throws: `APIError` where the requests cannot be listed to begin with; `CancellationError`.
    public func follow(_ tell: @escaping @Sendable (KubeletCertificateDecision) -> Void) async throws {
        // What may not be read is found out at once, not by the first request.
        _ = try await judge()
        let (signals, inbox) = AsyncStream<Signal>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listen(inbox, tell) }
            group.addTask {
                while true {
                    try await Task.sleep(for: RetryBackoff.round)
                    inbox.yield(.again)
                }
            }
            group.addTask {
                var queue = PendingRequestQueue(approval: self, tell: tell)
                for await signal in signals {
                    switch signal {
                    case .seen(let request): await queue.take(request)
                    case .gone(let name): queue.forget(name)
                    case .again: await queue.lookAgain()
                    }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    private func listen(
        _ inbox: AsyncStream<Signal>.Continuation, _ tell: @Sendable (KubeletCertificateDecision) -> Void
    ) async throws {
        var hasBegun = false
        while true {
            do throws(APIError) {
                if !hasBegun {
                    // Whether they may be read; the watch brings them.
                    _ = try await client.list(.certificateSigningRequests, fieldSelector: Self.selector) { _ in nil }
                    hasBegun = true
                }
                try await client.watch(
                    .certificateSigningRequests, fieldSelector: Self.selector,
                    keeping: { KubeletCertificateRequest($0).object }
                ) { event in
                    switch event {
                    case .added(let object), .modified(let object):
                        inbox.yield(.seen(KubeletCertificateRequest(object)))
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
