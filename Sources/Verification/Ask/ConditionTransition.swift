// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
internal import KubernetesClient

/// An APIService whose condition Available is not what it was: what `kubectl wait` waits for, and no verdict yet.
public struct ConditionTransition: Sendable, Equatable {
    /// The APIService's name.
    public let apiServiceName: String
    /// `True`, `False` or `Unknown`.
    public let status: String
    /// One word, and the server's sentence; escaped.
    public let reason: String
    public let message: String
    /// When this program was told.
    public let at: Date

    init?(from before: JSONValue, to now: JSONValue) {
        guard now["kind"].string == "APIService", let name = now.name, name == before.name else { return nil }
        let condition = now.available
        guard let status = condition["status"].string, status != before.available["status"].string else {
            return nil
        }
        apiServiceName = name.escapingControls
        self.status = status.escapingControls
        reason = (condition["reason"].string ?? "").escapingControls
        message = (condition["message"].string ?? "").escapingControls
            .split(whereSeparator: \.isNewline).joined(separator: " ")
        at = Date()
    }
}
