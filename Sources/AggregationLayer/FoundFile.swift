// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SystemPackage

/// A file as it was found on disk.
struct FoundFile {
    let path: String
    let bytes: [UInt8]
    /// The permission bits.
    let mode: mode_t

    /// A PEM file of this tool's kind is a few kilobytes; a bundle of CAs some hundred.
    static let largest = 1 << 20

    /// Reads a regular file; nil where nothing has that name.
    ///
    /// - Throws: for a folder, a FIFO, a device, a link that leads nowhere, or a file that is too large.
    static func read(_ path: String) throws(FrontProxyError) -> FoundFile? {
        do {
            // Non-blocking, so that a FIFO in the file's place does not hold us up.
            let descriptor = try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
            defer { try? descriptor.close() }
            var status = stat()
            try DurableFile.check { unsafe fstat(descriptor.rawValue, &status) }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw FrontProxyError(
                    "\(path) is \(kind(status.st_mode)), not a file", hint: "ls -ld \(ShellWord.quoted(path))")
            }
            guard status.st_size <= largest else {
                throw FrontProxyError("\(path) is too large for a PEM file (\(status.st_size) bytes)", hint: nil)
            }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while case let count = try unsafe buffer.withUnsafeMutableBytes({ try unsafe descriptor.read(into: $0) }),
                count > 0, bytes.count <= largest
            {
                bytes += buffer[..<count]
            }
            return FoundFile(path: path, bytes: bytes, mode: status.st_mode & 0o7777)
        } catch Errno.noSuchFileOrDirectory {
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else { return nil }
            throw FrontProxyError(
                "\(path) is a symbolic link that leads nowhere", hint: "ls -l \(ShellWord.quoted(path))")
        } catch let error as FrontProxyError {
            throw error
        } catch {
            throw .system("read", path, DurableFile.errno(error))
        }
    }

    /// Refuses a private key that others may read.
    func requirePrivate() throws(FrontProxyError) {
        guard mode & 0o077 != 0 else { return }
        throw FrontProxyError(
            "\(path) is a private key that others may read (mode \(String(mode, radix: 8)))",
            hint: "chmod 600 \(ShellWord.quoted(path))")
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
