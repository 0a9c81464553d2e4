// SPDX-License-Identifier: Apache-2.0

/// What something used, averaged over a window.
struct ResourceUsage: Sendable, Equatable {
    /// Billionths of a core.
    var cpuNanocores: UInt64
    var memoryBytes: UInt64

    static func + (left: ResourceUsage, right: ResourceUsage) -> ResourceUsage {
        ResourceUsage(
            cpuNanocores: left.cpuNanocores + right.cpuNanocores, memoryBytes: left.memoryBytes + right.memoryBytes)
    }

    /// As Kubernetes writes a quantity of 10^-9: the largest unit that leaves no fraction.
    var cpuQuantity: String {
        var (value, units) = (cpuNanocores, ["n", "u", "m", "", "k", "M", "G"][...])
        guard value != 0 else { return "0" }
        while value.isMultiple(of: 1000), units.count > 1 {
            value /= 1000
            units.removeFirst()
        }
        return "\(value)\(units.first ?? "")"
    }

    var memoryQuantity: String {
        var (value, units) = (memoryBytes, ["", "Ki", "Mi", "Gi", "Ti"][...])
        guard value != 0 else { return "0" }
        while value.isMultiple(of: 1024), units.count > 1 {
            value /= 1024
            units.removeFirst()
        }
        return "\(value)\(units.first ?? "")"
    }
}

/// When a usage was measured.
struct MeasuredWindow: Sendable, Equatable {
    /// The window's end, in milliseconds since 1970.
    var end: Int64
    /// In milliseconds.
    var length: Int64
}

struct NodeUsage: Sendable, Equatable {
    var name: String
    var labels: [String: String]
    var window: MeasuredWindow
    var usage: ResourceUsage
}

struct PodUsage: Sendable, Equatable {
    struct Container: Sendable, Equatable {
        var name: String
        var usage: ResourceUsage
    }

    var namespace: String
    var name: String
    var labels: [String: String]
    var window: MeasuredWindow
    var containers: [Container]

    var total: ResourceUsage {
        containers.reduce(ResourceUsage(cpuNanocores: 0, memoryBytes: 0)) { $0 + $1.usage }
    }
}
