// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `KEY=VALUE`; the value may be empty and may hold further `=`.
struct KeyAndValue: ExpressibleByArgument {
    let key: String
    let value: String

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
        key = String(argument[..<sign])
        value = String(argument[argument.index(after: sign)...])
    }
}
