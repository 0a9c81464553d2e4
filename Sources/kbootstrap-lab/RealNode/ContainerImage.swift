// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient
import PKI

/// A container image made from a program of this machine: the program at the top, where no volume of a pod hides it, the
/// libraries that it is linked to, each under the path that it has here, and nothing else.
struct ContainerImage: Sendable {
    /// With their tags.
    let names: [String]
    let program: String
    /// Before those that a pod gives.
    let arguments: [String]
    var environment: [String: String] = [:]

    /// Writes a docker-archive that holds `images`, one layer each.
    ///
    /// - Parameter folder: for the archive and what it is made from; made here.
    static func archive(_ images: [ContainerImage], to path: String, in folder: String) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var (files, entries) = (["manifest.json"], [JSONValue]())
        for (index, image) in images.enumerated() {
            let (layer, configuration) = ("layer-\(index).tar", "image-\(index).json")
            let digest = try await image.writeLayer("\(folder)/\(layer)", in: "\(folder)/root-\(index)")
            try Data(try image.configuration(layer: digest).serialized())
                .write(to: URL(filePath: "\(folder)/\(configuration)"))
            entries.append([
                "Config": .string(configuration), "RepoTags": .array(image.names.map { .string($0) }),
                "Layers": [.string(layer)],
            ])
            files += [configuration, layer]
        }
        try Data(try JSONValue.array(entries).serialized()).write(to: URL(filePath: "\(folder)/manifest.json"))
        try await ShortCommand.output(["tar", "--create", "--file", path, "--directory", folder] + files)
        try FileManager.default.removeItem(atPath: folder)
    }

    /// - Returns: the layer's SHA-256, in hexadecimal digits.
    private func writeLayer(_ path: String, in root: String) async throws -> String {
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let libraries = try await libraries()
        if !libraries.isEmpty {
            try await ShortCommand.output(["cp", "--dereference", "--parents"] + libraries + [root])
        }
        try await ShortCommand.output(["cp", "--dereference", program, root + entry])
        // Debugging symbols are most of what Swift's debug builds weigh; the program runs without.
        _ = try? await ShortCommand.output(["strip", root + entry])
        try await ShortCommand.output(
            // For whichever user a pod runs as, also where ours keeps its files for itself.
            ["tar", "--create", "--file", path, "--mode=a+rX", "--owner=0", "--group=0", "--numeric-owner"]
                + ["--directory", root, "."])
        let layer = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
        return try unsafe layer.withUnsafeBytes { unsafe try Digest.sha256($0) }
    }

    /// The shared libraries and the loader: of `libc.so.6 => /lib/libc.so.6 (0x…)` and `/lib64/ld-linux.so.2 (0x…)`
    /// the paths; none of a static program, at which ldd fails.
    private func libraries() async throws -> [String] {
        let listed: String
        do { listed = try await ShortCommand.output(["ldd", program]) } catch let error as LabError {
            guard error.description.contains("not a dynamic executable") else { throw error }
            return []
        }
        return listed.split(separator: "\n").compactMap { line in
            line.split(separator: " ").first { $0.trimmingPrefix { $0 == "\t" }.hasPrefix("/") }
                .map { String($0.trimmingPrefix { $0 == "\t" }) }
        }
    }

    /// Where the program is in the image.
    private var entry: String { "/\(program.split(separator: "/").last ?? "program")" }

    private func configuration(layer: String) throws -> JSONValue {
        #if arch(arm64)
            let architecture = "arm64"
        #else
            let architecture = "amd64"
        #endif
        return [
            "architecture": .string(architecture), "os": "linux",
            "config": [
                "Entrypoint": .array(([entry] + arguments).map { .string($0) }),
                "Env": .array(environment.map { .string("\($0)=\($1)") }),
            ],
            "rootfs": ["type": "layers", "diff_ids": [.string("sha256:\(layer)")]],
        ]
    }
}
