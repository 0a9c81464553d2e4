// SPDX-License-Identifier: Apache-2.0

/// A stable name for one cause, such as `KB217`. The hundreds say where it stands: 1 to 6 are hops of the chain that
/// `verify` follows, 7 is a launch file, or front-proxy files on disk.
public struct FindingCode: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }
}

extension FindingCode: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(rawValue: value) }
}
