// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import Glibc
internal import SystemPackage

/// A folder that is open: what is in it is reached through its descriptor and by names, and no link is followed.
///
/// Whoever may write a folder above it can move it or put another one in its place, and changes nothing of what is done
/// here.
final class Folder {
    /// As messages name it.
    let path: String
    /// When it was opened.
    let status: FileStatus
    private let descriptor: FileDescriptor

    init(owning descriptor: FileDescriptor, path: String, status: FileStatus) {
        self.descriptor = descriptor
        self.path = path
        self.status = status
    }

    deinit { try? descriptor.close() }

    func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

    // MARK: Looking

    /// What a name stands for, a link for itself; nil where there is none.
    func status(of name: String) throws(FrontProxyError) -> FileStatus? {
        var found = stat()
        guard unsafe fstatat(descriptor.rawValue, try checked(name), &found, AT_SYMLINK_NOFOLLOW) == 0 else {
            guard Glibc.errno == ENOENT else { throw failure("look at", name) }
            return nil
        }
        return FileStatus(found)
    }

    /// Where a link leads; nil for what is no link.
    func linkTarget(of name: String) throws(FrontProxyError) -> String? {
        guard try status(of: name)?.kind == .link else { return nil }
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlinkat(descriptor.rawValue, name, &bytes, bytes.count)
        guard count >= 0 else { throw failure("look at", name) }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The names in it, sorted.
    func names() throws(FrontProxyError) -> [String] {
        let copy = unsafe openat(descriptor.rawValue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = unsafe fdopendir(copy) else { throw failure("look into the folder", nil) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
                    unsafe String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    // MARK: Opening

    /// A folder in it; nil where nothing has that name.
    ///
    /// - Throws: for anything that is no folder, a link to one included.
    func folder(_ name: String) throws(FrontProxyError) -> Folder? {
        guard let descriptor = try open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK, "open the folder")
        else { return nil }
        return Folder(owning: descriptor.descriptor, path: path(of: name), status: descriptor.status)
    }

    /// Opens what a name stands for, without waiting for whoever is at a FIFO's other end.
    ///
    /// - Parameter flags: of open(2); the descriptor is closed in programs that are started.
    /// - Returns: nil where nothing has that name.
    func open(
        _ name: String, _ flags: CInt, _ doing: String
    ) throws(FrontProxyError) -> (descriptor: FileDescriptor, status: FileStatus)? {
        let number = unsafe openat(descriptor.rawValue, try checked(name), flags | O_CLOEXEC, 0o600)
        guard number >= 0 else {
            let reason = Errno(rawValue: Glibc.errno)
            if reason == .noSuchFileOrDirectory { return nil }
            if [.tooManySymbolicLinkLevels, .notDirectory].contains(reason), let found = try? status(of: name) {
                throw FrontProxyError(
                    "could not \(doing) \(path(of: name)): it is \(found.kindName)",
                    hint: "ls -ld \(ShellWord.quoted(path(of: name)))")
            }
            throw .system(doing, path(of: name), reason)
        }
        let opened = FileDescriptor(rawValue: number)
        var found = stat()
        guard unsafe fstat(number, &found) == 0 else {
            let error = failure("look at", name)
            try? opened.close()
            throw error
        }
        return (opened, FileStatus(found))
    }

    /// Of a name, as openat(2) gives it: below zero where it cannot be opened.
    func descriptor(of name: String, _ flags: CInt) -> CInt {
        guard let name = try? checked(name) else { return -1 }
        return unsafe openat(descriptor.rawValue, name, flags)
    }

    // MARK: Changing

    /// Makes a folder; one that is there is fine.
    func makeFolder(_ name: String, mode: mode_t = 0o700) throws(FrontProxyError) {
        guard unsafe mkdirat(descriptor.rawValue, try checked(name), mode) == 0 || Glibc.errno == EEXIST else {
            throw failure("make the folder", name)
        }
    }

    /// Gives a file, or a link itself, a second name in a folder.
    func link(_ name: String, into folder: Folder, as other: String) throws(FrontProxyError) {
        let (name, other) = (try checked(name), try checked(other))
        guard unsafe linkat(descriptor.rawValue, name, folder.descriptor.rawValue, other, 0) == 0 else {
            throw failure("link", name)
        }
    }

    /// Puts what a name stands for in the place of another.
    func rename(_ name: String, to other: String) throws(FrontProxyError) {
        let (name, other) = (try checked(name), try checked(other))
        guard unsafe renameat(descriptor.rawValue, name, descriptor.rawValue, other) == 0 else {
            throw failure("replace", other)
        }
    }

    /// Removes a file or a link; one that is not there is fine.
    func remove(_ name: String) throws(FrontProxyError) {
        guard unsafe unlinkat(descriptor.rawValue, try checked(name), 0) == 0 || Glibc.errno == ENOENT else {
            throw failure("remove", name)
        }
    }

    /// Removes a folder with the files in it; one that is not there is fine.
    ///
    /// - Throws: where the name is not a folder's, or a folder is in it.
    func removeFolder(_ name: String) throws(FrontProxyError) {
        guard let inner = try folder(name) else { return }
        for file in try inner.names() { try inner.remove(file) }
        guard unsafe unlinkat(descriptor.rawValue, name, AT_REMOVEDIR) == 0 || Glibc.errno == ENOENT else {
            throw failure("remove the folder", name)
        }
    }

    /// Makes its entries last.
    func sync() throws(FrontProxyError) {
        guard fsync(descriptor.rawValue) == 0 else { throw failure("sync the folder", nil) }
    }

    /// - Parameter name: nil for the folder itself.
    private func failure(_ doing: String, _ name: String?) -> FrontProxyError {
        .system(doing, name.map(path(of:)) ?? path, Errno(rawValue: Glibc.errno))
    }

    /// Refuses what would lead out of the folder.
    private func checked(_ name: String) throws(FrontProxyError) -> String {
        guard !name.isEmpty, name != "..", !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 }) else {
            throw FrontProxyError("a name in \(path) is empty, or leads elsewhere", hint: nil)
        }
        return name
    }
}
