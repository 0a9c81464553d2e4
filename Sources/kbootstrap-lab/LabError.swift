// SPDX-License-Identifier: Apache-2.0

/// Why there is no lab, and what to type.
struct LabError: Error, CustomStringConvertible {
    let description: String

    init(_ what: String, hint: String? = nil) {
        description = hint.map { "\(what)\n hint: \($0)" } ?? what
    }
}
