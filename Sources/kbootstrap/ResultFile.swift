// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import SystemPackage

/// A file that a command writes its result into: the whole of it, or what was there before.
struct ResultFile {
    private let path: FilePath
    private let mode: FilePermissions

    /// - Parameter mode: before the umask.
    /// - Throws: where nothing could be written later, so that nobody waits for it in vain.
    init(_ path: String, mode: FilePermissions) throws(ResultFileError) {
        self.path = FilePath(path)
        self.mode = mode
        var found = stat()
        if unsafe stat(path, &found) == 0, found.st_mode & S_IFMT != S_IFREG {
            throw ResultFileError(description: "\(path) is not a file, so nothing can be written to it", hint: nil)
        }
        guard self.path.lastComponent != nil, unsafe access(folder.string, W_OK | X_OK) == 0 else {
            let reason = Errno(rawValue: Glibc.errno)
            throw ResultFileError(
                description: "could not write \(path): \(reason)", hint: "ls -ld '\(folder.string)'")
        }
    }

    private var folder: FilePath {
        let folder = path.removingLastComponent()
        return folder.isEmpty ? "." : folder
    }

    /// Puts the text in the file's place; it is on disk when this returns.
    func write(_ text: String) throws(ResultFileError) {
        var random = SystemRandomNumberGenerator()
        let suffix = String(random.next() as UInt64, radix: 16)
        let temporary = folder.appending(".\(path.lastComponent?.string ?? "file").\(suffix).tmp")
        do {
            let file = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
                permissions: mode)
            try file.closeAfter {
                _ = try file.writeAll(Array(text.utf8))
                guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: Glibc.errno) }
            }
            guard unsafe rename(temporary.string, path.string) == 0 else { throw Errno(rawValue: Glibc.errno) }
            let parent = try FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
            try parent.closeAfter {
                guard fsync(parent.rawValue) == 0 else { throw Errno(rawValue: Glibc.errno) }
            }
        } catch {
            _ = unsafe unlink(temporary.string)
            throw ResultFileError(description: "could not write \(path.string): \(error)", hint: nil)
        }
    }

    /// Reads a file that somebody names.
    ///
    /// - Parameter limit: in bytes.
    static func read(_ path: String, atMost limit: Int) throws(ResultFileError) -> [UInt8] {
        do {
            // Non-blocking, so that a FIFO that nobody writes to is waited for below, where Ctrl-C is heard.
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
            return try file.closeAfter {
                var bytes: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                while true {
                    guard file.waitsForInput() else { throw CancellationError() }
                    let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
                    if count == 0 { return bytes }
                    bytes += buffer[..<count]
                    guard bytes.count <= limit else {
                        throw ResultFileError(description: "\(path) is larger than \(limit >> 20) MiB", hint: nil)
                    }
                }
            }
        } catch let error as ResultFileError {
            throw error
        } catch {
            throw ResultFileError(description: "could not read \(path): \(error)", hint: nil)
        }
    }
}

/// A file that could not be written or read.
struct ResultFileError: HintedError {
    let description: String
    let hint: String?
}
