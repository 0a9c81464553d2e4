// SPDX-License-Identifier: Apache-2.0

/// One cause met, with what was seen and what to do next.
public struct Finding: Sendable, Equatable {
    /// The name of the cause.
    public let code: FindingCode
    /// Whether it stops something.
    public let severity: Severity
    /// What it is about.
    public let subject: Subject
    /// What was seen, in one sentence that names the object.
    public let summary: String
    /// What to do.
    public var hint: Hint
    /// How long this may last and still pass by itself, in seconds; zero where time changes nothing.
    public var patience: Duration

    public init(
        code: FindingCode, severity: Severity, subject: Subject = .cluster, summary: String, hint: Hint,
        patience: Duration = .zero
    ) {
        self.code = code
        self.severity = severity
        self.subject = subject
        self.summary = summary
        self.hint = hint
        self.patience = patience
    }
}
