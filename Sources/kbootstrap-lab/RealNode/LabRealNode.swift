// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// Runs a lab's node with containers.
struct LabRealNode: Sendable {
    let folder: String
    let controlPlane: LabControlPlane
    let metricsServer: LabMetricsServer
    let start: LabStart

    private static let cgroup = LabCgroup(name: "kbootstrap-lab.\(UUID().uuidString)")

    /// Until the task is cancelled.
    ///
    /// - Throws: when a component ends.
    func run() async throws {
        try prepare()
        let (containerd, kubelet) = (try controlPlane.containerd(), try controlPlane.kubelet())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await containerd.run(ofNodeIn: start) }
            group.addTask { try await kubelet.run(ofNodeIn: start) }
            group.addTask { try await importImages() }
            defer { group.cancelAll() }
            try await group.untilOneFails()
        }
    }

    private func prepare() throws {
        let node = "\(folder)/node"
        try FileManager.default.createDirectory(atPath: "\(node)/cni", withIntermediateDirectories: true)
        try Self.cgroup.make()
        let files = [
            "containerd.toml": Data(RealNode.containerdConfiguration.utf8),
            "cni/lab.conflist": Data(try RealNode.networkConfiguration.serialized(pretty: true)),
            "kubelet.json": Data(
                try RealNode.kubeletConfiguration(cgroup: Self.cgroup.name, version: controlPlane.version)
                    .serialized(pretty: true)),
            "resolv.conf": Data("nameserver \(LabNamespace.hostAddress)\n".utf8),
        ]
        for (name, text) in files { try text.write(to: URL(filePath: "\(node)/\(name)")) }
    }

    private func importImages() async throws {
        let images = try RealNode.images(metricsServer)
        try await ContainerImage.archive(images, to: "\(folder)/node/images.tar", in: "\(folder)/node/images")
        guard let ctr = RealNodeRequirements.program("ctr") else { throw LabError("there is no ctr here") }
        let names = try await ShortCommand.output(RealNode.importImages(ctr: ctr, folder: folder))
        try Data(names.utf8).write(to: URL(filePath: Self.importedImages(folder)))
    }

    /// Whether pods find their images. The kubelet itself tells the API server only after half a minute.
    static func hasImages(folder: String) -> Bool { FileManager.default.fileExists(atPath: importedImages(folder)) }

    private static func importedImages(_ folder: String) -> String { "\(folder)/node/imported-images" }

    // MARK: The end

    /// Ends all that runs in the lab, and takes away what the kernel would keep of it.
    static func clear() {
        LabProcesses.endAll()
        cgroup.remove()
    }
}
