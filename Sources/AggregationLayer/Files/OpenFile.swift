// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// Who may do what with a file, and how many names it has.
struct FileStatus: Equatable {
    /// The permission bits.
    let mode: mode_t
    let owner: FileOwner
    let names: Int
    /// When its bytes were written.
    let written: Date
}

/// A regular file that is open for reading.
struct OpenFile: ~Copyable {
    let path: String
    let status: FileStatus
    /// In bytes, when it was opened.
    let size: Int
    private let descriptor: FileDescriptor

    private init(path: String, status: FileStatus, size: Int, descriptor: FileDescriptor) {
        self.path = path
        self.status = status
        self.size = size
        self.descriptor = descriptor
    }

    deinit { try? descriptor.close() }

    /// Opens a regular file; nil where nothing has that name.
    ///
    /// - Throws: for a folder, a FIFO, a device, a link that is not to be followed or leads nowhere, or a file that is
    ///   too large.
    static func open(_ path: String, followingLinks: Bool) throws(FrontProxyError) -> OpenFile? {
        do {
            // Non-blocking, so that a FIFO in the file's place does not hold us up.
            let descriptor = try FileDescriptor.open(
                FilePath(path), .readOnly,
                options: followingLinks ? [.closeOnExec, .nonBlocking] : [.closeOnExec, .nonBlocking, .noFollow])
            var found = stat()
            do {
                try DurableFile.check { unsafe fstat(descriptor.rawValue, &found) }
                try requireFile(path, found)
            } catch {
                try? descriptor.close()
                throw error
            }
            return OpenFile(
                path: path,
                status: FileStatus(
                    mode: found.st_mode & 0o7777, owner: FileOwner(user: found.st_uid, group: found.st_gid),
                    names: Int(found.st_nlink),
                    written: Date(timeIntervalSince1970: TimeInterval(found.st_mtim.tv_sec))),
                size: Int(found.st_size), descriptor: descriptor)
        } catch Errno.noSuchFileOrDirectory {
            var found = stat()
            guard unsafe lstat(path, &found) == 0 else { return nil }
            throw FrontProxyError(
                "\(path) is a symbolic link that leads nowhere", hint: "ls -l \(ShellWord.quoted(path))")
        } catch Errno.tooManySymbolicLinkLevels where followingLinks {
            throw FrontProxyError(
                "\(path) is a symbolic link that leads in a circle", hint: "ls -l \(ShellWord.quoted(path))")
        } catch Errno.tooManySymbolicLinkLevels {
            throw FrontProxyError(
                "\(path) is a symbolic link, which is not followed to a private key",
                hint: "ls -l \(ShellWord.quoted(path))   # put the key itself there")
        } catch let error as FrontProxyError {
            throw error
        } catch {
            throw .system("read", path, DurableFile.errno(error))
        }
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

    private static func requireFile(_ path: String, _ found: stat) throws(FrontProxyError) {
        guard found.st_mode & S_IFMT == S_IFREG else {
            throw FrontProxyError(
                "\(path) is \(kind(found.st_mode)), not a file", hint: "ls -ld \(ShellWord.quoted(path))")
        }
        guard found.st_size <= FoundFile.largest else {
            throw FrontProxyError("\(path) is too large to be read (\(found.st_size) bytes)", hint: nil)
        }
    }

    private static func kind(_ mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "a folder"
        case S_IFIFO: "a FIFO"
        case S_IFSOCK: "a socket"
        case S_IFCHR, S_IFBLK: "a device"
        default: "of an unknown kind"
        }
    }
}
