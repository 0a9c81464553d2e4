// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// The metrics API in the version that a server has.
public struct MetricsAPI: Sendable, Hashable {
    /// The group's name, whoever serves it.
    public static let group = "metrics.k8s.io"
    /// The versions whose objects this program reads, best first. They have the same fields.
    static let understood = ["v1", "v1beta1"]

    /// `v1` or `v1beta1`.
    public let version: String

    /// Chooses the version from what discovery says: the server's preferred one where it is understood, else the best.
    ///
    /// - Parameter discovery: an APIGroup, or an APIGroupList that may have the group in it.
    /// - Throws: where the group is not served, or in no version that this program reads.
    public init(discovery: JSONValue) throws(MetricsError) {
        let group = discovery["groups"].array?.first { $0["name"].string == Self.group } ?? discovery
        guard group["name"].string == Self.group else {
            throw MetricsError(
                description: "the API server does not serve \(Self.group)", hint: "kbootstrap install-metrics")
        }
        let served = (group["versions"].array ?? []).compactMap { $0["version"].string }
        let preferred = group["preferredVersion"]["version"].string
        let ranked = ([preferred].compactMap(\.self) + Self.understood).filter(Self.understood.contains)
        guard let version = ranked.first(where: served.contains) else {
            let versions = served.isEmpty ? "no version" : served.joined(separator: ", ").singleLine
            throw MetricsError(
                description: "\(Self.group) is served in \(versions), "
                    + "of which this program reads \(Self.understood.joined(separator: " and "))",
                hint: "kubectl api-versions")
        }
        self.version = version
    }

    /// The path of discovery: its answer is what `init(discovery:)` takes.
    public static let discoveryPath = "/apis/\(group)"

    /// The type of nodes' metrics in this version.
    public var nodes: ResourceType { type("nodes", "NodeMetrics", isNamespaced: false) }
    /// The type of pods' metrics in this version.
    public var pods: ResourceType { type("pods", "PodMetrics", isNamespaced: true) }

    private func type(_ plural: String, _ kind: String, isNamespaced: Bool) -> ResourceType {
        ResourceType(group: Self.group, version: version, plural: plural, kind: kind, isNamespaced: isNamespaced)
    }
}
