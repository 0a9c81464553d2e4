// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// A Deployment whose pods become those of its newest version.
struct DeploymentRollout: Sendable {
    /// When it is over.
    enum End: Sendable {
        /// All pods that are wanted are new, and available.
        case complete
        /// No pod of a former version is left, and a new one is available: who asks is answered by a new one.
        case replaced
    }

    let deployment: ObjectReference

    /// Returns when it is over.
    ///
    /// - Parameters:
    ///   - limit: how long it may take.
    ///   - waiting: told while it is not over, with the time so far.
    /// - Returns: false where it is not over after `limit`.
    func wait(
        _ client: APIClient, until end: End, within limit: Duration, waiting: @Sendable (Duration) -> Void
    ) async throws -> Bool {
        let start = ContinuousClock.now
        while true {
            let live = try await client.get(deployment)
            if end.isReached(live) { return true }
            let elapsed = ContinuousClock.now - start
            guard elapsed < limit else { return false }
            waiting(elapsed)
            try await client.waitForChange(of: [live], within: min(limit - elapsed, .seconds(2)))
        }
    }

    func isOver(_ client: APIClient, _ end: End) async throws -> Bool {
        end.isReached(try await client.get(deployment))
    }
}

extension DeploymentRollout.End {
    /// Pure, of the Deployment as it is.
    func isReached(_ deployment: JSONValue) -> Bool {
        let status = deployment["status"]
        guard (status["observedGeneration"].int ?? 0) >= (deployment["metadata"]["generation"].int ?? 0) else {
            return false
        }
        let (all, updated, available) = (
            status["replicas"].int, status["updatedReplicas"].int, status["availableReplicas"].int
        )
        switch self {
        case .complete:
            let wanted = deployment["spec"]["replicas"].int ?? 1
            return updated == wanted && all == wanted && available == wanted
        case .replaced:
            return updated == all && (available ?? 0) >= 1
        }
    }
}
