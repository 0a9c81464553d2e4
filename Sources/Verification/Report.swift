// SPDX-License-Identifier: Apache-2.0

/// One check, judged.
public struct CheckResult: Sendable, Equatable {
    public let group: CheckGroup
    public let claim: String
    public let verdict: Verdict
}

/// What a round of checks came to.
public struct VerificationReport: Sendable, Equatable {
    /// The API server's address, as the kubeconfig has it.
    public let server: String
    /// The kubeconfig context, where there is one.
    public let context: String?
    /// The API server's version, such as `v1.31.2`, where it was told.
    public let kubernetesVersion: String?
    public let apiServiceName: String
    public let results: [CheckResult]
    /// How long verification took, in all its rounds.
    public var elapsed: Duration = .zero
    /// Whether the time given ran out while a failure might still have mended itself.
    public var timedOut = false

    /// The causes that other failures follow from, the one to mend first at the front.
    public var rootCauses: [Finding] {
        results.compactMap { if case .failed(let finding) = $0.verdict { finding } else { nil } }
    }

    public var warnings: [Finding] {
        results.compactMap { if case .warning(let finding) = $0.verdict { finding } else { nil } }
    }

    /// All that proves the chain was asked, and holds.
    public var isHealthy: Bool { rootCauses.isEmpty }
}
