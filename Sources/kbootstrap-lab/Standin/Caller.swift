// SPDX-License-Identifier: Apache-2.0

/// Who a request is from, as far as anybody vouches for it.
struct Caller: Sendable, Hashable {
    let name: String
    var groups: [String] = []
    var extra: [String: [String]] = [:]

    static let anonymous = Caller(name: "system:anonymous", groups: ["system:unauthenticated"])

    /// With the group that everybody who is somebody belongs to.
    var authenticated: Caller {
        var caller = self
        if !caller.groups.contains("system:authenticated") { caller.groups.append("system:authenticated") }
        return caller
    }
}

/// Why an authenticator that was asked could not vouch for the caller.
struct AuthenticationRefusal: Error {
    let reason: String

    /// One error as it is, several as a list without repetition, as Kubernetes' aggregates print.
    static func aggregate(_ refusals: [AuthenticationRefusal]) -> AuthenticationRefusal {
        var reasons: [String] = []
        for refusal in refusals where !reasons.contains(refusal.reason) { reasons.append(refusal.reason) }
        return AuthenticationRefusal(reason: reasons.count == 1 ? reasons[0] : "[\(reasons.joined(separator: ", "))]")
    }
}
