// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import SystemPackage

/// `kbootstrap-lab container`: what a pod's process begins as, in a mount namespace of its own. It puts the pod's
/// volumes in their places and becomes metrics-server: the stand-in, or a real one.
struct ContainerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "container", abstract: "A pod's process; the lab starts it.", shouldDisplay: false)

    @Option(help: "FOLDER:PATH; may be repeated.")
    var mount: [String] = []

    @Option(help: "metrics-server.")
    var program: String

    @Argument(parsing: .postTerminator, help: "metrics-server's arguments.")
    var arguments: [String] = []

    func run() throws {
        // Opened before anything is mounted: /tmp may become the pod's, with the folders below it.
        let opened = try FileDescriptor.open(FilePath(program), .readOnly)
        var volumes: [(source: FileDescriptor, path: String)] = []
        for text in mount {
            let sides = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard sides.count == 2 else { throw ValidationError("'\(text)' is not FOLDER:PATH") }
            // Not closed on exec: `mount` is to find it.
            volumes.append((try FileDescriptor.open(FilePath(sides[0]), .readOnly, options: [.directory]), sides[1]))
        }
        // Where service account tokens go, nobody but root could make a folder.
        try Self.mount(["-t", "tmpfs", "tmpfs", "/run"])
        for volume in volumes {
            try FileManager.default.createDirectory(atPath: volume.path, withIntermediateDirectories: true)
            try Self.mount(["--no-canonicalize", "--bind", "/proc/self/fd/\(volume.source.rawValue)", volume.path])
            try volume.source.close()
        }
        try ShortCommand.become("/proc/self/fd/\(opened.rawValue)", ["/metrics-server"] + arguments)
    }

    private static func mount(_ words: [String]) throws {
        guard ShortCommand.run(["mount"] + words) == 0 else {
            throw LabError("mount \(words.joined(separator: " ")) failed")
        }
    }
}
