// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

extension APIClient {
    /// Returns when a round is due after the first change of one of these objects since they were read, or after `limit`.
    ///
    /// Rounds are due once in two seconds on average, counted over all waits of this client: who asks, waits here and
    /// asks again is no load, whatever the server answers. A change after a quiet time is told without delay.
    /// A watch that is refused costs nothing: the time limit still counts.
    ///
    /// - Parameters:
    ///   - objects: as they were read; none to wait for the time alone.
    ///   - limit: two seconds or more; less where time is up, for a last round.
    /// - Throws: `CancellationError` when cancelled.
    public func waitForChange(of objects: [JSONValue], within limit: Duration) async throws {
        let end = ContinuousClock.now + limit
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(until: end, clock: .continuous) }
            for object in objects {
                guard let reference = ObjectReference(object),
                    let version = object["metadata"]["resourceVersion"].string
                else { continue }
                group.addTask { await self.firstChange(of: reference, since: version, until: end) }
            }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
        let moment = transport.rounds.withLock { $0.next(from: .now, by: end) }
        try await Task.sleep(until: moment, clock: .continuous)
    }

    /// Returns when the next round is due, as `waitForChange` counts them.
    ///
    /// - Throws: `CancellationError` when cancelled.
    public func waitForRound() async throws {
        let moment = transport.rounds.withLock { $0.next(from: .now) }
        try await Task.sleep(until: moment, clock: .continuous)
    }

    /// Begins a round where one is due, as `waitForChange` counts them: for who does something else meanwhile.
    public func beginsRound() -> Bool { transport.rounds.withLock { $0.beginsIfDue(at: .now) } }

    /// Returns at the first difference from `version`, or at `end`.
    private func firstChange(
        of reference: ObjectReference, since version: String, until end: ContinuousClock.Instant
    ) async {
        do throws(APIError) {
            try await watch(
                reference.type, namespace: reference.namespace, fieldSelector: "metadata.name=\(reference.name)"
            ) { event in
                // The list that a watch begins with may show the object as it was read.
                switch event {
                case .added(let object), .modified(let object):
                    object["metadata"]["resourceVersion"].string == version
                case .deleted: false
                }
            }
        } catch {
            try? await Task.sleep(until: end, clock: .continuous)
        }
    }
}
