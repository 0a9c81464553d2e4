// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// What something used, on average over a window: CPU in cores, memory in bytes. Nil where nothing was said of it, or
/// nothing that is a quantity: one bad value must not hide a cluster's other ones.
public struct ResourceUsage: Sendable, Hashable {
    /// In cores.
    public var cpu: Quantity?
    /// In bytes.
    public var memory: Quantity?

    /// What was used, as far as it is known.
    public init(cpu: Quantity? = nil, memory: Quantity? = nil) {
        self.cpu = cpu
        self.memory = memory
    }

    /// What both used together; nil stays where neither says anything.
    public static func + (left: ResourceUsage, right: ResourceUsage) -> ResourceUsage {
        ResourceUsage(cpu: sum(left.cpu, right.cpu), memory: sum(left.memory, right.memory))
    }

    private static func sum(_ left: Quantity?, _ right: Quantity?) -> Quantity? {
        guard let left, let right else { return left ?? right }
        return left + right
    }
}

/// When and how long something was measured.
public struct Measurement: Sendable, Hashable {
    /// The end of the window, in RFC 3339 as the server wrote it.
    let timestampText: String?
    /// The window's length, as Go writes durations.
    let windowText: String?

    /// Nil where the server gave none that can be read.
    public var timestamp: Date? { timestampText.flatMap { try? Date($0, strategy: .iso8601) } }

    /// Nil where the server gave none that can be read.
    public var window: Duration? { windowText.flatMap { Duration(goText: $0) } }

    /// How long ago the measurement ended, in seconds; negative where the server's clock is ahead.
    public func age(at moment: Date) -> TimeInterval? {
        timestamp.map { moment.timeIntervalSince($0) }
    }
}

/// What a node used, of `metrics.k8s.io`.
public struct NodeMetrics: Sendable, Hashable {
    public let name: String
    /// When it was measured, and over how long.
    public let measurement: Measurement
    /// On average over the window.
    public let usage: ResourceUsage
}

/// What a pod's containers used, of `metrics.k8s.io`.
public struct PodMetrics: Sendable, Hashable {
    /// What one container used.
    public struct Container: Sendable, Hashable, Decodable {
        public let name: String
        /// On average over the window.
        public let usage: ResourceUsage
    }

    public let namespace: String
    public let name: String
    /// When it was measured, and over how long.
    public let measurement: Measurement
    /// Those that metrics-server has two readings of.
    public let containers: [Container]

    /// What the containers used together.
    public var usage: ResourceUsage { containers.reduce(ResourceUsage()) { $0 + $1.usage } }
}
