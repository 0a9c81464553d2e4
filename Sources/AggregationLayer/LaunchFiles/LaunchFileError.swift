// SPDX-License-Identifier: Apache-2.0

/// Why a launch file was not read, or not changed: which file, why, and what to type.
public struct LaunchFileError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    public let hint: String?

    init(_ description: String, hint: String? = nil) {
        self.description = description
        self.hint = hint
    }

    init(_ error: FrontProxyError) {
        description = error.description
        hint = error.hint
    }
}
