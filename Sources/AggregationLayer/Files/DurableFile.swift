// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SystemPackage

/// Files that are there whole or not at all, whatever happens in between.
///
/// INPUT: a folder, a name, bytes, a mode. OUTPUT: the file under its name, with that mode from its first byte, on disk.
/// The temporary file begins with a dot, so that a kubelet watching the folder passes it over.
struct DurableFile {
    let folder: Folder
    let name: String
    let mode: FilePermissions
    let owner: FileOwner?

    /// As messages name it.
    var path: String { folder.path(of: name) }

    /// Writes the file; a file that is there already is an error, even one that appears while this runs.
    func create(_ bytes: UnsafeRawBufferPointer) throws(FrontProxyError) {
        let temporary = temporaryName()
        do throws(FrontProxyError) {
            try unsafe write(bytes, as: temporary)
            // link, unlike rename, never replaces what is there.
            try folder.link(temporary, into: folder, as: name)
        } catch {
            try? folder.remove(temporary)
            throw error
        }
        try folder.remove(temporary)
        try folder.sync()
    }

    /// Puts the file in the place of what has its name: each moment has the one or the other.
    ///
    /// - Parameter mayReplace: asked when the new one is on disk; what it throws is passed on, with nothing replaced.
    func replace(
        with bytes: UnsafeRawBufferPointer, mayReplace: () throws(FrontProxyError) -> Void = {}
    ) throws(FrontProxyError) {
        let temporary = temporaryName()
        do throws(FrontProxyError) {
            try unsafe write(bytes, as: temporary)
            try mayReplace()
            try folder.rename(temporary, to: name)
        } catch {
            try? folder.remove(temporary)
            throw error
        }
        try folder.sync()
    }

    /// Writes the bytes under the file's own name, in a folder that nobody reads yet; they are on disk when it returns.
    func write(_ bytes: UnsafeRawBufferPointer) throws(FrontProxyError) { try unsafe write(bytes, as: name) }

    private func write(_ bytes: UnsafeRawBufferPointer, as name: String) throws(FrontProxyError) {
        guard let descriptor = try folder.open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, "write")?.descriptor
        else { throw .system("write", folder.path(of: name), .noSuchFileOrDirectory) }
        do {
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
        } catch { throw .system("write", folder.path(of: name), Self.errno(error)) }
    }

    private func temporaryName() -> String {
        var random = SystemRandomNumberGenerator()
        return ".\(name).\(String(random.next() as UInt64, radix: 16)).tmp"
    }

    /// Removes the temporary files of these names that a killed run has left in the folder.
    static func removeLeftovers(of names: [String], in folder: Folder) throws(FrontProxyError) {
        for entry in try folder.names()
        where entry.hasSuffix(".tmp") && names.contains(where: { entry.hasPrefix(".\($0).") }) {
            try folder.remove(entry)
        }
    }

    private static func check(_ call: () -> CInt) throws(Errno) {
        guard call() == 0 else { throw Errno(rawValue: Glibc.errno) }
    }

    /// swift-system throws nothing but `Errno`; its signatures do not say so.
    static func errno(_ error: any Error) -> Errno { (error as? Errno) ?? .ioError }
}
