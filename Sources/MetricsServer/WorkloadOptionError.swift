// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// A value that an option cannot have.
public struct WorkloadOptionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The option without its dashes.
    public let option: String
    public let value: String
    /// What it must be.
    public let wants: String

    init(_ option: String, _ value: String, wants: String) {
        self.option = option
        self.value = value
        self.wants = wants
    }

    public var description: String {
        "--\(option) \"\(value.singleLine)\" is refused: it must be \(wants)"
    }
    public var hint: String? { "kbootstrap install-metrics --help" }
}
