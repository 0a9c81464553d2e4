// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// The files of the host that a launch file speaks of, under a root folder: `/`, or a copy of a host for tests.
struct HostFiles: Sendable {
    let root: String

    init(root: String) {
        var trimmed = root
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.root = trimmed == "/" ? "" : trimmed
    }

    /// The path to open for a path of the host. Under a root that is not `/`, links lead to what they name there.
    func real(_ path: String) -> String {
        guard !root.isEmpty else { return path }
        var known: [Substring] = []
        var rest = Array(path.split(separator: "/").reversed())
        var links = 0
        while let part = rest.popLast() {
            if part == "." { continue }
            if part == ".." {
                _ = known.popLast()
                continue
            }
            let candidate = "\(root)/\((known + [part]).joined(separator: "/"))"
            // As many links as Linux follows (MAXSYMLINKS); a process's own root is one that leads out by itself.
            guard links < 40, let target = try? FileManager.default.destinationOfSymbolicLink(atPath: candidate),
                !(known.first == "proc" && part == "root")
            else {
                known.append(part)
                continue
            }
            links += 1
            if target.hasPrefix("/") { known = [] }
            rest += target.split(separator: "/").reversed()
        }
        return "\(root)/\(known.joined(separator: "/"))"
    }

    /// The files that a pattern names (fnmatch), sorted; the pattern is in the last part of the path only.
    func matching(_ pattern: String) -> [String] {
        let folder = FilePathText.directory(of: pattern)
        let last = String(pattern.split(separator: "/").last ?? "")
        return names(in: folder).filter { unsafe fnmatch(last, $0, FNM_PERIOD) == 0 }.map { "\(folder)/\($0)" }
    }

    func exists(_ path: String) -> Bool { unsafe access(real(path), F_OK) == 0 }

    /// - Throws: where the file is there and cannot be read.
    func read(_ path: String) throws(FrontProxyError) -> FoundFile? { try FoundFile.read(real(path)) }

    /// A file of /proc, whose size is not known before it is read; nil where it cannot be read.
    func readProcess(_ path: String) -> [UInt8]? {
        guard let descriptor = try? FileDescriptor.open(FilePath(real(path)), .readOnly, options: [.closeOnExec]) else {
            return nil
        }
        defer { try? descriptor.close() }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= LaunchFile.largest {
            guard let count = try? unsafe buffer.withUnsafeMutableBytes({ try unsafe descriptor.read(into: $0) }) else {
                return nil
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// The names in a folder, sorted; empty where there is none.
    func names(in directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: real(directory)))?.sorted() ?? []
    }
}
