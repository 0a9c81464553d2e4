// SPDX-License-Identifier: Apache-2.0

/// What `/version` tells.
public struct ServerVersion: Sendable, Equatable, CustomStringConvertible {
    /// Such as 1.
    public let major: Int
    /// Such as 31.
    public let minor: Int
    /// Such as `v1.31.2`.
    public let gitVersion: String

    /// A version that is known from elsewhere.
    public init(major: Int, minor: Int, gitVersion: String) {
        self.major = major
        self.minor = minor
        self.gitVersion = gitVersion
    }

    /// - Parameter answer: some providers write the minor version as `31+`.
    public init?(_ answer: JSONValue) {
        guard let major = answer["major"].string.flatMap({ Int($0) }),
            let minor = answer["minor"].string.flatMap({ Int($0.prefix { $0.isNumber }) }),
            let gitVersion = answer["gitVersion"].string
        else { return nil }
        self.init(major: major, minor: minor, gitVersion: gitVersion.singleLine)
    }

    public var description: String { gitVersion }
}
