// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Work inside OpenSSL that takes seconds and cannot be told to stop: deriving keys from passphrases, and making RSA keys.
///
/// It holds values in memory only, so a program that is to end may end at once while it is under way.
public enum LongComputation {
    private static let count = Atomic(0)

    /// Whether any thread is in such work.
    public static var isUnderWay: Bool { count.load(ordering: .sequentiallyConsistent) > 0 }

    /// - Throws: what `body` throws; where the task has been cancelled already, without running it.
    static func run<R: ~Copyable>(
        _ intent: String, _ body: () throws(OpenSSLError) -> R
    ) throws(OpenSSLError) -> R {
        // Counted first: whoever cancels looks at the count afterwards, so one of the two sees the other.
        count.add(1, ordering: .sequentiallyConsistent)
        defer { count.subtract(1, ordering: .sequentiallyConsistent) }
        guard !Task.isCancelled else { throw OpenSSLError(intent, because: ["interrupted"]) }
        return try body()
    }
}
