// SPDX-License-Identifier: Apache-2.0

/// Who a request is from, as far as anybody vouches for it.
struct Caller: Sendable, Hashable {
    let name: String
    var groups: [String] = []
    var extra: [String: [String]] = [:]

    static let anonymous = Caller(name: "system:anonymous", groups: ["system:unauthenticated"])
}
