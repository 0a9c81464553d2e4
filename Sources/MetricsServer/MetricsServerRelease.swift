// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// One release of metrics-server, and what its manifest has of its own.
public struct MetricsServerRelease: Sendable, Equatable {
    /// Without `v`.
    public let version: String
    let registry: String
    /// The container's port.
    public let securePort: Int64
    /// Drops all capabilities and takes the runtime's seccomp profile.
    let isConfined: Bool
    /// Says on the Service that it speaks HTTPS.
    let namesProtocol: Bool
    /// The oldest Kubernetes 1.x minor version that upstream tests it with.
    public let oldestMinor: Int

    public var image: String { "\(registry)/metrics-server/metrics-server:v\(version)" }

    // k8s.gcr.io is frozen; from 0.6.3 on releases name its successor.
    public static let all = [
        MetricsServerRelease(
            version: "0.6.1", registry: "k8s.gcr.io", securePort: 4443, isConfined: false, namesProtocol: false,
            oldestMinor: 19),
        MetricsServerRelease(
            version: "0.6.4", registry: "registry.k8s.io", securePort: 4443, isConfined: false, namesProtocol: false,
            oldestMinor: 19),
        MetricsServerRelease(
            version: "0.7.0", registry: "registry.k8s.io", securePort: 10250, isConfined: true, namesProtocol: false,
            oldestMinor: 27),
        MetricsServerRelease(
            version: "0.7.1", registry: "registry.k8s.io", securePort: 10250, isConfined: true, namesProtocol: false,
            oldestMinor: 27),
        MetricsServerRelease(
            version: "0.7.2", registry: "registry.k8s.io", securePort: 10250, isConfined: true, namesProtocol: false,
            oldestMinor: 27),
        MetricsServerRelease(
            version: "0.8.0", registry: "registry.k8s.io", securePort: 10250, isConfined: true, namesProtocol: true,
            oldestMinor: 31),
        MetricsServerRelease(
            version: "0.8.1", registry: "registry.k8s.io", securePort: 10250, isConfined: true, namesProtocol: true,
            oldestMinor: 31),
        MetricsServerRelease(
            version: "0.9.0", registry: "registry.k8s.io", securePort: 10250, isConfined: true, namesProtocol: true,
            oldestMinor: 34),
    ]

    /// The release of that name, with or without `v`; nil for one that is not in the table.
    public static func named(_ name: String) -> MetricsServerRelease? {
        let version = name.hasPrefix("v") ? String(name.dropFirst()) : name
        return all.first { $0.version == version }
    }

    /// What fits a server: the newest release that was tested with it, and 0.6.4 for all that are older than 1.27.
    public static func chosen(for server: ServerVersion) -> MetricsServerRelease {
        let fitting = all.last { $0.oldestMinor <= server.minor || server.major > 1 }
        return fitting ?? all[1]
    }

    /// Whether upstream tests this release with that server.
    public func isTested(with server: ServerVersion) -> Bool { server.major > 1 || server.minor >= oldestMinor }
}
