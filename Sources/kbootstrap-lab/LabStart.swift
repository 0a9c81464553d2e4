// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Whether a lab's command runs yet. Before, a component that ends is a failure of the lab; later, a node's components
/// may be ended by the command, which wants to see a dead node.
final class LabStart: Sendable {
    private let begun = Mutex(false)

    var hasBegun: Bool { begun.withLock { $0 } }

    func begin() { begun.withLock { $0 = true } }
}

extension LabComponent {
    /// Runs a component of the node. Its end fails the lab before the command runs; later it is said, and no more.
    func run(ofNodeIn start: LabStart) async throws {
        do { try await run() } catch let error as LabError {
            guard start.hasBegun else { throw error }
            LabMessages.write("kbootstrap-lab: \(error)\n")
        }
    }
}

extension ThrowingTaskGroup where ChildTaskResult == Void, Failure == any Error {
    /// Returns when the last of the tasks has ended.
    ///
    /// - Throws: as soon as one fails; `waitForAll` would wait for those that run for ever.
    mutating func untilOneFails() async throws { while try await next() != nil {} }
}
