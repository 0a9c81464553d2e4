// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// Files that are there whole or not at all, whatever happens in between.
///
/// INPUT: a path, bytes, a mode. OUTPUT: the file under its name, with that mode from its first byte, on disk.
/// The temporary file begins with a dot, so that a kubelet watching the folder passes it over.
struct DurableFile {
    let path: String
    let mode: FilePermissions
    let owner: FileOwner?

    /// Writes the file; a file that is there already is an error, even one that appears while this runs.
    func create(_ bytes: UnsafeRawBufferPointer) throws(FrontProxyError) {
        let target = FilePath(path)
        let parent = target.removingLastComponent()
        let directory = parent.isEmpty ? "." : parent
        var random = SystemRandomNumberGenerator()
        let suffix = String(random.next() as UInt64, radix: 16)
        let temporary = directory.appending(".\(target.lastComponent?.string ?? "file").\(suffix).tmp")

        do throws(FrontProxyError) { try unsafe write(bytes, as: temporary.string) } catch {
            _ = unsafe unlink(temporary.string)
            throw error
        }
        // link, unlike rename, never replaces what is there.
        guard unsafe link(temporary.string, path) == 0 else {
            let reason = Errno(rawValue: Glibc.errno)
            _ = unsafe unlink(temporary.string)
            throw .system("write", path, reason)
        }
        guard unsafe unlink(temporary.string) == 0 else {
            throw .system("remove", temporary.string, Errno(rawValue: Glibc.errno))
        }
        try Self.syncDirectory(directory.string)
    }

    /// Writes the bytes under a name that nobody reads yet, and has them on disk before it returns.
    func write(_ bytes: UnsafeRawBufferPointer, as name: String) throws(FrontProxyError) {
        do {
            let descriptor = try FileDescriptor.open(
                FilePath(name), .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
                permissions: mode)
            do {
                // The mode again, because the umask had its say.
                try Self.check { fchmod(descriptor.rawValue, mode.rawValue) }
                if let owner { try Self.check { fchown(descriptor.rawValue, owner.user, owner.group) } }
                _ = try unsafe descriptor.writeAll(bytes)
                try Self.check { fsync(descriptor.rawValue) }
            } catch {
                try? descriptor.close()
                throw error
            }
            try descriptor.close()
        } catch { throw .system("write", name, Self.errno(error)) }
    }

    /// Removes the temporary files of these names that a killed run has left in the folder.
    static func removeLeftovers(of names: [String], in directory: String) throws(FrontProxyError) {
        let entries: [String]
        do { entries = try FileManager.default.contentsOfDirectory(atPath: directory) } catch { return }
        for entry in entries where entry.hasSuffix(".tmp") && names.contains(where: { entry.hasPrefix(".\($0).") }) {
            let path = "\(directory)/\(entry)"
            guard unsafe unlink(path) == 0 || Glibc.errno == ENOENT else {
                throw .system("remove", path, Errno(rawValue: Glibc.errno))
            }
        }
    }

    /// Makes the folder's entries last.
    static func syncDirectory(_ path: String) throws(FrontProxyError) {
        do {
            let descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: [.directory, .closeOnExec])
            defer { try? descriptor.close() }
            try check { fsync(descriptor.rawValue) }
        } catch { throw .system("sync the folder", path, errno(error)) }
    }

    static func check(_ call: () -> CInt) throws(Errno) {
        guard call() == 0 else { throw Errno(rawValue: Glibc.errno) }
    }

    /// swift-system throws nothing but `Errno`; its signatures do not say so.
    static func errno(_ error: any Error) -> Errno { (error as? Errno) ?? .ioError }
}
