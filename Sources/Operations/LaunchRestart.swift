// SPDX-License-Identifier: Apache-2.0

public import AggregationLayer
public import KubernetesClient
internal import Subprocess
internal import SystemPackage

/// Restarts kube-apiserver with a changed launch file, waits until it serves with the new flags, and puts the old file
/// back where it does not.
///
/// A kube-apiserver serves when a process with the file's aggregation flags runs on this host and /readyz answers 200.
/// The first without the second is one that is starting, or that another server answers for; the second without the
/// first is the old one, which kubelet has not stopped yet.
public struct LaunchRestart: Sendable {
    private let client: APIClient
    private let store: LaunchFileStore
    private let command: String?
    private let timeout: Duration

    /// What became of a change.
    public enum Outcome: Sendable, Equatable {
        case serving
        /// It did not come back; with the old file it does, or does not either.
        case rolledBack(reason: String, serves: Bool)
    }

    /// - Parameters:
    ///   - command: what restarts it, for a shell; nil where kubelet does it by itself.
    ///   - timeout: how long it may take to serve, each time.
    public init(client: APIClient, store: LaunchFileStore, command: String?, timeout: Duration) {
        self.client = client
        self.store = store
        self.command = command
        self.timeout = timeout
    }

    /// Follows the change of a file that has been made already.
    ///
    /// - Parameters:
    ///   - new: the file as it is now.
    ///   - old: as it was.
    ///   - waiting: told what is being waited for, and for how long so far.
    /// - Throws: where the old file cannot be put back, or the task is cancelled; the change then stays.
    public func follow(
        _ new: LaunchFile, old: LaunchFile, waiting: @Sendable (String, Duration) -> Void
    ) async throws -> Outcome {
        guard let reason = try await failure(of: new, waiting) else { return .serving }
        try store.undo(new.path, old: new.bytes, before: old.bytes)
        waiting("\(reason): the old file is back", .zero)
        return .rolledBack(reason: reason, serves: try await failure(of: old, waiting) == nil)
    }

    /// Restarts it and waits.
    ///
    /// - Returns: why it does not serve; nil when it does.
    public func failure(
        of file: LaunchFile, _ waiting: @Sendable (String, Duration) -> Void
    ) async throws -> String? {
        let start = ContinuousClock.now
        if let command, let failure = try await run(command) { return failure }
        var seen: Set<Int> = []
        var state = "/readyz does not answer"
        while ContinuousClock.now - start < timeout {
            try Task.checkCancellation()
            let running = running(file)
            seen.formUnion(running)
            guard seen.count - running.count < Self.enough else {
                return "kube-apiserver ended \(seen.count - running.count) times with these flags"
            }
            if client.beginsRound() {
                guard let why = await unready(file) else { return nil }
                state = why
                waiting(state, ContinuousClock.now - start)
            }
            try await Task.sleep(for: Self.interval)
        }
        return state
    }

    /// Whether it serves with the file's flags as things are.
    public func serves(_ file: LaunchFile) async -> Bool { await unready(file) == nil }

    /// A process that ended this often will not be mended by another start.
    private static let enough = 3
    /// Of looking at processes; the server is asked more seldom.
    private static let interval = Duration.milliseconds(250)

    private func running(_ file: LaunchFile) -> Set<Int> {
        file.startsProcessOfItsOwn ? RunningAPIServers().running(file) : []
    }

    /// Why it does not serve with the file's flags; nil when it does.
    private func unready(_ file: LaunchFile) async -> String? {
        do {
            let answer = try await client.raw(.get, "/readyz")
            guard answer.status == 200 else { return "/readyz answers \(answer.status)" }
        } catch { return "/readyz does not answer" }
        guard !file.startsProcessOfItsOwn || !running(file).isEmpty else {
            return "/readyz answers, but no kube-apiserver with these flags runs here"
        }
        return nil
    }

    /// - Returns: why the command failed; nil when it did not.
    private func run(_ command: String) async throws -> String? {
        let timeout = timeout
        return try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                try await Task.sleep(for: timeout)
                return "`\(command)` did not end"
            }
            group.addTask {
                let result = try await Subprocess.run(
                    .path("/bin/sh"), arguments: ["-c", command], input: .none, output: .string(limit: 1 << 16),
                    error: .string(limit: 1 << 16))
                guard !result.terminationStatus.isSuccess else { return nil }
                let said = result.standardOutput + "\n" + result.standardError
                let words = said.split(whereSeparator: { $0.isNewline }).last.map { ": \($0)" } ?? ""
                return "`\(command)` ended with \(result.terminationStatus)\(words.singleLine)"
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
