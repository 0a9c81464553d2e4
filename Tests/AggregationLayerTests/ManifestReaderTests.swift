// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Foundation
import Judges
import Testing

@Suite struct ManifestReaderTests {
    private static let edits =
        ProcessInfo.processInfo.environment["KBOOTSTRAP_MANIFEST_EDITS"].flatMap { Int($0) } ?? 100

    /// kubelet reads every file whose name does not begin with a dot, whenever it likes.
    ///
    /// 100 changes in every run; KBOOTSTRAP_MANIFEST_EDITS asks for more.
    @Test func readersNeverSeeHalfAFileOrAnExtraOne() throws {
        let folder = try ScratchFolder()
        try FileManager.default.createDirectory(at: folder.file("manifests"), withIntermediateDirectories: false)
        let directory = folder.file("manifests").path
        let one = Array(EditTests.pod.utf8)
        let flags = AggregationFlags(files: try FrontProxyStore(directory: "/opt/front", layout: .hardWay).load())
        let two = try LaunchEdit(LaunchFile(path: "pod.yaml", bytes: one), flags: flags).edited()
        let path = directory + "/pod.yaml"
        try Data(one).write(to: URL(filePath: path))
        let store = LaunchFileStore(directory: folder.file("kept").path)
        try Data(two).write(to: folder.file("two"))
        try Data(one).write(to: folder.file("one"))
        let script = try folder.write(
            "reader.py",
            """
            import os
            good = [open(name, "rb").read() for name in ("one", "two")]
            reads, wrong, inodes = 0, set(), []
            while not os.path.exists("stop"):
                for name in os.listdir("manifests"):
                    if name.startswith("."): continue
                    try:
                        with open("manifests/" + name, "rb") as file:
                            content = file.read()
                            inodes.append(os.fstat(file.fileno()).st_ino)
                    except FileNotFoundError: content = None
                    if name != "pod.yaml" or content not in good: wrong.add((name, content))
                    reads += 1
                    if reads == 1: open("reading", "w").close()
            print(wrong or "all whole")
            print(reads, len(set(inodes)))
            """)
        let reader = Process()
        reader.executableURL = URL(filePath: try Tool.require("python3").path)
        reader.arguments = [script.path]
        reader.currentDirectoryURL = folder.url
        let output = Pipe()
        reader.standardOutput = output
        try reader.run()
        while reader.isRunning, !FileManager.default.fileExists(atPath: folder.file("reading").path) { sched_yield() }
        for _ in 0..<Self.edits / 2 {
            _ = try store.replace(path, old: one, with: two)
            try store.undo(path, old: two, before: one)
        }
        try folder.write("stop", "")
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            .split(separator: "\n")
        #expect(said.first == "all whole")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(names == ["pod.yaml"])
        if Self.edits > 100 { print("\(Self.edits) changes; reads, and files seen among them: \(said.last ?? "")") }
    }
}
