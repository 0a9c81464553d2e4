// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// A file of a folder that `kubectl kustomize` reads.
public struct KustomizationFile: Sendable, Equatable {
    /// Without a folder.
    public let name: String
    public let text: String
}

extension MetricsServerManifest {
    /// The objects, one file each, and last the `kustomization.yaml` that names them in their order.
    ///
    /// - Throws: as `objects()`.
    public func kustomization() throws -> [KustomizationFile] {
        let objects = try objects()
        let files = try objects.map { KustomizationFile(name: Self.fileName($0), text: try $0.yaml()) }
        let index: JSONValue = [
            // What kustomize reads since 2.0, which kubectl has from 1.14 on: no later field is needed.
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "resources": .array(files.map { .string($0.name) }),
        ]
        return files + [KustomizationFile(name: "kustomization.yaml", text: try index.yaml())]
    }

    /// Files that other options write into such a folder, and these do not.
    public func otherKustomizationNames() throws -> [String] {
        var other = options
        other.workload.highAvailability = true
        let own = Set(try kustomization().map(\.name))
        return try MetricsServerManifest(other).kustomization().map(\.name).filter { !own.contains($0) }
    }

    /// `clusterrole-system-metrics-server.yaml`: some file systems, and Windows' checkouts, refuse a colon.
    private static func fileName(_ object: JSONValue) -> String {
        let kind = object["kind"].string?.lowercased() ?? ""
        return "\(kind)-\((object.name ?? "").replacing(":", with: "-")).yaml"
    }
}
