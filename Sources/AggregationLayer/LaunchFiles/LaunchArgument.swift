// SPDX-License-Identifier: Apache-2.0

/// Where something stands in a file.
public struct LaunchPlace: Sendable, Equatable, Codable {
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1, in characters.
    public let column: Int
}

/// One argument as kube-apiserver receives it, and where it was written.
public struct LaunchArgument: Sendable, Equatable {
    /// The argument after quotes, variables and escapes are resolved.
    public let text: String
    public let place: LaunchPlace
    /// As it is written in the file.
    public let source: String
    /// The bytes that it occupies in the launch file itself; nil where it comes from another file or a variable, or is
    /// written in a way that is read but not edited.
    let range: Range<Int>?
    /// How `range` spells it.
    let spelling: Spelling

    enum Spelling: Sendable, Equatable {
        /// The argument itself.
        case word
        /// Only the flag's value: the name is the key beside it.
        case value
        /// Without its leading dashes.
        case bare
    }
}

/// A `NAME=value` in the program's environment.
public struct LaunchVariable: Sendable, Equatable {
    public let name: String
    public let value: String
    public let place: LaunchPlace
}

/// A folder or file of the host inside a pod.
struct LaunchMount: Sendable, Equatable {
    let hostPath: String
    let mountPath: String
}
