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

    /// - Parameter subPath: the part of the volume that is mounted.
    init(hostPath: String, mountPath: String, subPath: String? = nil) {
        self.hostPath = Self.plain(subPath.map { "\(hostPath)/\($0)" } ?? hostPath)
        self.mountPath = Self.plain(mountPath)
    }

    /// Where a path that the mount holds is on the host.
    func hostPath(of path: String) -> String {
        Self.plain(hostPath + "/" + path.dropFirst(mountPath.count))
    }

    /// Without slashes that say nothing.
    private static func plain(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}
