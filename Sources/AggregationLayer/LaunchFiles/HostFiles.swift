// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Glibc

/// The files of the host that a launch file speaks of, under a root folder: `/`, or a copy of a host for tests.
struct HostFiles: Sendable {
    let root: String

    init(root: String) {
        var trimmed = root
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.root = trimmed == "/" ? "" : trimmed
    }

    /// The path to open for a path of the host.
    func real(_ path: String) -> String { root + path }

    func exists(_ path: String) -> Bool { unsafe access(real(path), F_OK) == 0 }

    /// - Throws: where the file is there and cannot be read.
    func read(_ path: String) throws(FrontProxyError) -> FoundFile? { try FoundFile.read(real(path)) }

    /// The names in a folder, sorted; empty where there is none.
    func names(in directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: real(directory)))?.sorted() ?? []
    }
}
