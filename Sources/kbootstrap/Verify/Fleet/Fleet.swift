// SPDX-License-Identifier: Apache-2.0

import Core
import KubernetesClient
import Verification

/// What one cluster of many came to; the evidence is not kept, or many clusters would fill the memory.
struct FleetMember: Sendable {
    enum Outcome: Sendable {
        case verified(results: [ClaimResult], rootCause: Finding?, elapsed: Duration)
        /// The kubeconfig does not lead to the cluster, so nothing was asked.
        case notAsked(reason: String, hint: String?)
    }

    let context: String
    /// As it was found; nil where nothing was asked.
    var apiServiceName: String?
    let outcome: Outcome
}

/// Many clusters, verified side by side.
struct Fleet: Sendable {
    let contexts: [String]
    let cluster: ClusterArguments
    let options: VerificationOptions
    let concurrency: Int

    /// - Parameter told: of each cluster as soon as it is done, with its whole report where there is one; never twice at
    ///   the same time.
    /// - Returns: in the order of the contexts.
    /// - Throws: `CancellationError`; what `told` throws.
    func verify(
        _ terminal: Terminal, told: (FleetMember, VerificationReport?) throws -> Void
    ) async throws -> [FleetMember] {
        var done: [String: FleetMember] = [:]
        try await withThrowingTaskGroup(of: (FleetMember, VerificationReport?).self) { group in
            var waiting = contexts.makeIterator()
            for _ in 0..<concurrency {
                guard let context = waiting.next() else { break }
                group.addTask { try await verify(context, terminal) }
            }
            while let (member, report) = try await group.next() {
                if let context = waiting.next() { group.addTask { try await verify(context, terminal) } }
                done[member.context] = member
                try told(member, report)
            }
        }
        return contexts.compactMap { done[$0] }
    }

    private func verify(_ context: String, _ terminal: Terminal) async throws -> (FleetMember, VerificationReport?) {
        var cluster = cluster
        cluster.context = context
        do {
            let report = try await cluster.withCluster(terminal, naming: context, within: options.timeout) {
                client, connection in
                try await Verifier(client: client, connection: connection, options: options).run { _, _, _ in }
            }
            let outcome = FleetMember.Outcome.verified(
                results: report.results, rootCause: report.rootCauses.first, elapsed: report.elapsed)
            return (FleetMember(context: context, apiServiceName: report.apiServiceName, outcome: outcome), report)
        } catch let error as any HintedError {
            try Task.checkCancellation()
            let outcome = FleetMember.Outcome.notAsked(reason: error.description, hint: error.hint)
            return (FleetMember(context: context, outcome: outcome), nil)
        }
    }
}

extension [FleetMember] {
    /// The worst of all: an unhealthy cluster, else one that could not be asked.
    var status: ExitStatus {
        var worst = ExitStatus.done
        for member in self {
            switch member.outcome {
            case .verified(_, .some, _): return .unhealthy
            case .notAsked: worst = .failed
            case .verified: break
            }
        }
        return worst
    }
}
