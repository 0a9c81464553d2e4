// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import Glibc
internal import SystemPackage

extension Folder {
    /// Opens a folder part by part. A link on the way is followed only where root, the caller or `--owner` made it.
    ///
    /// - Returns: nil where nothing has that name.
    /// - Throws: for a link that somebody else made, and for what is no folder.
    static func open(_ path: String, owners: TrustedOwners = TrustedOwners()) throws(FrontProxyError) -> Folder? {
        var place = try PlaceOnPath(start: path.hasPrefix("/") ? "/" : ".", of: path)
        var rest = Array(path.split(separator: "/").reversed())
        var links = 0
        while let part = rest.popLast() {
            guard let next = try place.step(part, of: path) else { return nil }
            switch next.status.kind {
            case .folder:
                place = next
            case .link:
                links += 1
                // As many links as Linux follows (MAXSYMLINKS).
                guard links <= 40 else { throw .system("open the folder", path, .tooManySymbolicLinkLevels) }
                guard owners.contains(next.status.owner) else {
                    throw FrontProxyError(
                        "'\(part)' in \(path) is a symbolic link of user \(next.status.owner.userName): it is not followed",
                        hint: "realpath \(ShellWord.quoted(path))   # name the folder itself")
                }
                guard let target = try next.target(of: path) else {
                    // The kernel's own links, such as /proc/PID/root, have no path that leads there.
                    guard let behind = try place.step(part, of: path, follows: true) else { return nil }
                    place = behind
                    continue
                }
                if target.hasPrefix("/") { place = try PlaceOnPath(start: "/", of: path) }
                rest += target.split(separator: "/").reversed()
            default:
                throw .system("open the folder", path, .notDirectory)
            }
        }
        return try place.folder(path)
    }

    /// The folder that a file is in, and the file's name there; nil where there is no such folder.
    static func holding(_ path: String) throws(FrontProxyError) -> (folder: Folder, name: String)? {
        let whole = FilePath(path)
        let parent = whole.removingLastComponent()
        guard let name = whole.lastComponent?.string, let folder = try open(parent.isEmpty ? "." : parent.string) else {
            return nil
        }
        return (folder, name)
    }

    /// A folder, which is made where it is missing, with those above it.
    static func make(_ path: String, owners: TrustedOwners = TrustedOwners()) throws(FrontProxyError) -> Folder {
        if let found = try open(path, owners: owners) { return found }
        let whole = FilePath(path)
        guard let name = whole.lastComponent?.string, name != ".." else {
            throw .system("make the folder", path, .noSuchFileOrDirectory)
        }
        let above = whole.removingLastComponent()
        let parent = try make(above.isEmpty ? "." : above.string, owners: owners)
        // As kubeadm makes /etc/kubernetes/pki: certificates are public, keys have modes of their own.
        try parent.makeFolder(name, mode: 0o755)
        try parent.sync()
        guard let made = try open(path, owners: owners) else {
            throw .system("make the folder", path, .noSuchFileOrDirectory)
        }
        return made
    }

    /// A folder, which is made where it is missing.
    ///
    /// - Throws: for one that somebody else than root and the caller could write into.
    static func made(_ path: String) throws(FrontProxyError) -> Folder {
        let folder = try make(path)
        try TrustedOwners().require(folder.status, path)
        return folder
    }
}

/// A part of a path, open only to go on from there (O_PATH).
private struct PlaceOnPath: ~Copyable {
    let status: FileStatus
    private let descriptor: FileDescriptor

    private init(_ descriptor: FileDescriptor, of path: String) throws(FrontProxyError) {
        var found = stat()
        guard unsafe fstat(descriptor.rawValue, &found) == 0 else {
            let reason = Errno(rawValue: Glibc.errno)
            try? descriptor.close()
            throw .system("look at", path, reason)
        }
        self.descriptor = descriptor
        status = FileStatus(found)
    }

    deinit { try? descriptor.close() }

    init(start: String, of path: String) throws(FrontProxyError) {
        let number = unsafe Glibc.open(start, Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .system("open the folder", path, Errno(rawValue: Glibc.errno)) }
        try self.init(FileDescriptor(rawValue: number), of: path)
    }

    /// What the next part stands for, a link for itself; nil where there is none.
    func step(_ part: Substring, of path: String, follows: Bool = false) throws(FrontProxyError) -> PlaceOnPath? {
        let flags = Self.pathOnly | O_CLOEXEC | (follows ? O_DIRECTORY : O_NOFOLLOW)
        let number = unsafe openat(descriptor.rawValue, String(part), flags)
        guard number >= 0 else {
            let reason = Errno(rawValue: Glibc.errno)
            guard reason == .noSuchFileOrDirectory else { throw .system("open the folder", path, reason) }
            return nil
        }
        return try PlaceOnPath(FileDescriptor(rawValue: number), of: path)
    }

    /// Where this link leads; nil for a link of /proc.
    func target(of path: String) throws(FrontProxyError) -> String? {
        // Links elsewhere have the length of what they say (proc(5)).
        guard status.size > 0 else { return nil }
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlinkat(descriptor.rawValue, "", &bytes, bytes.count)
        guard count > 0 else { throw .system("look at", path, Errno(rawValue: Glibc.errno)) }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// asm-generic/fcntl.h; the C library's module leaves it out.
    private static let pathOnly: CInt = 0o10000000

    /// Opens this folder to be looked into, or, where that is not allowed, to reach what is in it by name.
    func folder(_ path: String) throws(FrontProxyError) -> Folder {
        for access in [O_RDONLY, Self.pathOnly] {
            let number = unsafe openat(descriptor.rawValue, ".", access | O_DIRECTORY | O_CLOEXEC)
            if number >= 0 { return Folder(owning: FileDescriptor(rawValue: number), path: path, status: status) }
            guard access == O_RDONLY, Glibc.errno == EACCES else { break }
        }
        throw .system("open the folder", path, Errno(rawValue: Glibc.errno))
    }
}
