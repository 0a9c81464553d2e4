// SPDX-License-Identifier: Apache-2.0

/// Whether a finding stops something now, or may one day.
public enum Severity: String, Sendable, Codable, CaseIterable {
    /// It does not work.
    case failure
    /// It works, and will not for long, or not as it is meant.
    case warning
}
