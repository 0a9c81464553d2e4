// SPDX-License-Identifier: Apache-2.0

public import Core

/// What is known about a cause, whatever cluster it is met on: one literal each.
public struct Cause: Sendable {
    public let code: FailureCode
    public let severity: Severity
    /// The cause, as one sentence that is true wherever this code is printed.
    public let title: String
    /// What to do, where the evidence does not say it more exactly.
    public let fix: Hint
    /// The same for an API that kbootstrap has not installed; nil where `fix` fits any API.
    let fixElsewhere: Hint?
    /// How long the same cause may last and still pass by itself, in seconds; zero where time changes nothing.
    public let patience: Duration
    /// By what it is known, for a reader: a condition's reason, a log line, an object's state.
    public let seen: String
    /// Issues of kubernetes-sigs/metrics-server (ms#), kubernetes/kubernetes (k/k#) and others, or the source that says
    /// it; empty where the cause was only ever met in the lab.
    public let reference: String
    /// By what it is known, for the program.
    let signatures: [Signature]
    /// What fails because of it at once, and is well again with it.
    let explains: Set<FailureCode>
    /// Claims that cannot hold of the same subject while this is the cause.
    let contradictedBy: Set<Claim.Name>

    init(
        _ code: FailureCode, _ title: String, severity: Severity = .failure, fix: Hint, elsewhere: Hint? = nil,
        patience: Duration = .zero, seen: String, reference: String = "", signatures: [Signature] = [],
        explains: Set<FailureCode> = [], contradictedBy: Set<Claim.Name> = []
    ) {
        self.code = code
        self.severity = severity
        self.title = title
        self.fix = fix
        fixElsewhere = elsewhere
        self.patience = patience
        self.seen = seen
        self.reference = reference
        self.signatures = signatures
        self.explains = explains
        self.contradictedBy = contradictedBy
    }

    /// The hop of the chain that it breaks.
    public var hop: Hop { code.hop }
}
