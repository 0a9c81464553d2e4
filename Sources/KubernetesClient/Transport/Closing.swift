// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import Synchronization

extension Transport {
    /// Closes all connections, then does `after`. A connection that is still being made can take until the connect
    /// timeout to close: the caller does not wait so long, nor does a command's end.
    ///
    /// - Returns: what goes on meanwhile; nil where all has ended.
    @discardableResult
    func close(_ after: @escaping @Sendable () async -> Void) async -> Task<Void, Never>? {
        let (client, others) = (client, closing.withLock(\.self))
        let closing = Task.detached {
            for other in others { await other.value }
            try? await client.shutdown()
            await after()
        }
        return await withTaskGroup(of: Bool.self) { group in
            // A group waits for all its tasks: none of them may be the closing itself.
            let (ended, end) = AsyncStream<Void>.makeStream()
            group.addTask {
                for await _ in ended {}
                return !Task.isCancelled
            }
            group.addTask {
                try? await Task.sleep(for: Self.patienceAtClosing)
                return false
            }
            Task.detached {
                await closing.value
                end.finish()
            }
            let hasEnded = await group.next() ?? false
            group.cancelAll()
            return hasEnded ? nil : closing
        }
    }

    private static let patienceAtClosing = Duration.milliseconds(300)

    /// Has this one's end come after another's, whose thread it shares.
    func closesAfter(_ other: Task<Void, Never>) { closing.withLock { $0.append(other) } }
}
