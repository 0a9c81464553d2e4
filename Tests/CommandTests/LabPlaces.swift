// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How many labs run side by side: a few more than there are processors, since most of them wait most of the time.
actor LabPlaces {
    /// What a session asks for.
    enum Share { case one(waits: Bool), all }

    static let shared = LabPlaces(ProcessInfo.processInfo.activeProcessorCount + 1)

    private struct Waiting {
        let share: Share
        let count: Int
        let continuation: CheckedContinuation<Void, Never>

        /// Those that wait for minutes first, so that they do not stand alone at the end; those that want all last.
        var rank: Int {
            switch share {
            case .one(let waits): waits ? 0 : 1
            case .all: 2
            }
        }
    }

    private let all: Int
    private var free: Int
    private var queue: [Waiting] = []

    init(_ count: Int) { (all, free) = (max(3, count), max(3, count)) }

    /// Runs `body` once there is room for it.
    func inside<R: Sendable>(_ share: Share, _ body: @Sendable () async throws -> R) async rethrows -> R {
        let count = if case .all = share { all } else { 1 }
        await take(share, count)
        defer { give(count) }
        return try await body()
    }

    private func take(_ share: Share, _ count: Int) async {
        if queue.isEmpty, free >= count { return free -= count }
        await withCheckedContinuation { continuation in
            let waiting = Waiting(share: share, count: count, continuation: continuation)
            queue.insert(waiting, at: queue.firstIndex { $0.rank > waiting.rank } ?? queue.endIndex)
        }
    }

    private func give(_ count: Int) {
        free += count
        while let first = queue.first, free >= first.count {
            queue.removeFirst()
            free -= first.count
            first.continuation.resume()
        }
    }
}
