// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import Glibc
internal import SystemPackage

/// A regular file that is open for reading.
struct OpenFile: ~Copyable {
    let path: String
    let status: FileStatus
    private let descriptor: FileDescriptor

    /// In bytes, when it was opened.
    var size: Int { status.size }

    private init(path: String, status: FileStatus, descriptor: FileDescriptor) {
        self.path = path
        self.status = status
        self.descriptor = descriptor
    }

    deinit { try? descriptor.close() }

    /// Opens a regular file that somebody named; nil where nothing has that name.
    ///
    /// - Throws: for a folder, a FIFO, a device, a link that is not to be followed or leads nowhere, or a file that is
    ///   too large.
    static func open(_ path: String, followingLinks: Bool) throws(FrontProxyError) -> OpenFile? {
        try open(
            path, linkOwners: followingLinks ? .anybody : .nobody,
            status: { () throws(FrontProxyError) in
                var found = stat()
                return unsafe lstat(path, &found) == 0 ? FileStatus(found) : nil
            }, open: { flags in unsafe Glibc.open(path, flags) })
    }

    /// Opens a regular file of a folder; nil where nothing has that name.
    ///
    /// - Parameter owners: whose links are followed; nil to follow none.
    static func open(
        _ name: String, in folder: Folder, followingLinksOf owners: TrustedOwners?
    ) throws(FrontProxyError) -> OpenFile? {
        try open(
            folder.path(of: name), linkOwners: owners.map { .only($0) } ?? .nobody,
            status: { () throws(FrontProxyError) in try folder.status(of: name) },
            open: { flags in folder.descriptor(of: name, flags) })
    }

    private enum LinkOwners {
        case anybody, nobody
        case only(TrustedOwners)
    }

    private static func open(
        _ path: String, linkOwners: LinkOwners, status: () throws(FrontProxyError) -> FileStatus?,
        open: (CInt) -> CInt
    ) throws(FrontProxyError) -> OpenFile? {
        var follows = false
        if let found = try status(), found.kind == .link {
            switch linkOwners {
            case .anybody: follows = true
            case .only(let owners) where owners.contains(found.owner): follows = true
            case .only:
                throw FrontProxyError(
                    "\(path) is a symbolic link of user \(found.owner.userName): it is not followed",
                    hint: "ls -l \(ShellWord.quoted(path))   # put the file itself there")
            case .nobody:
                throw FrontProxyError(
                    "\(path) is a symbolic link, which is not followed",
                    hint: "ls -l \(ShellWord.quoted(path))   # put the file itself there")
            }
        }
        // Non-blocking, so that a FIFO in the file's place does not hold us up.
        let number = open(O_RDONLY | O_NONBLOCK | O_CLOEXEC | (follows ? 0 : O_NOFOLLOW))
        guard number >= 0 else {
            switch Errno(rawValue: Glibc.errno) {
            case .noSuchFileOrDirectory where follows:
                throw FrontProxyError(
                    "\(path) is a symbolic link that leads nowhere", hint: "ls -l \(ShellWord.quoted(path))")
            case .noSuchFileOrDirectory: return nil
            case .tooManySymbolicLinkLevels where follows:
                throw FrontProxyError(
                    "\(path) is a symbolic link that leads in a circle", hint: "ls -l \(ShellWord.quoted(path))")
            case let reason: throw .system("read", path, reason)
            }
        }
        let descriptor = FileDescriptor(rawValue: number)
        do throws(FrontProxyError) {
            return OpenFile(path: path, status: try regular(path, number), descriptor: descriptor)
        } catch {
            try? descriptor.close()
            throw error
        }
    }

    private static func regular(_ path: String, _ number: CInt) throws(FrontProxyError) -> FileStatus {
        var found = stat()
        guard unsafe fstat(number, &found) == 0 else { throw .system("read", path, Errno(rawValue: Glibc.errno)) }
        let status = FileStatus(found)
        guard status.kind == .file else {
            throw FrontProxyError("\(path) is \(status.kindName), not a file", hint: "ls -ld \(ShellWord.quoted(path))")
        }
        guard status.size <= FoundFile.largest else {
            throw FrontProxyError("\(path) is too large to be read (\(status.size) bytes)", hint: nil)
        }
        return status
    }

    /// Fills the buffer as far as the file goes.
    ///
    /// - Returns: how many bytes were read.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FrontProxyError) -> Int {
        var filled = 0
        do {
            while filled < buffer.count {
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                let count = try unsafe descriptor.read(into: rest)
                guard count > 0 else { break }
                filled += count
            }
        } catch { throw .system("read", path, DurableFile.errno(error)) }
        return filled
    }
}
