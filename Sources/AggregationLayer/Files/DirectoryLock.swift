// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SystemPackage

/// Holds a folder against a second run. The lock is on the folder itself: no file to leave over, and the kernel
/// takes it back from a process that was killed.
struct DirectoryLock: ~Copyable {
    private let descriptor: FileDescriptor

    /// Makes the folder where it is missing, and waits for its lock.
    static func acquire(_ path: String) throws(FrontProxyError) -> DirectoryLock {
        try makeDirectory(FilePath(path))
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: [.directory, .closeOnExec])
        } catch { throw .system("open the folder", path, DurableFile.errno(error)) }
        while flock(descriptor.rawValue, LOCK_EX) != 0 {
            let reason = Errno(rawValue: Glibc.errno)
            guard reason == .interrupted else {
                try? descriptor.close()
                throw .system("lock the folder", path, reason)
            }
        }
        return DirectoryLock(descriptor: descriptor)
    }

    private init(descriptor: FileDescriptor) { self.descriptor = descriptor }

    deinit { try? descriptor.close() }

    private static func makeDirectory(_ path: FilePath) throws(FrontProxyError) {
        guard !path.isEmpty, unsafe access(path.string, F_OK) != 0 else { return }
        let parent = path.removingLastComponent()
        try makeDirectory(parent)
        // As kubeadm makes /etc/kubernetes/pki: certificates are public, keys have modes of their own.
        guard unsafe mkdir(path.string, 0o755) == 0 || Glibc.errno == EEXIST else {
            throw .system("make the folder", path.string, Errno(rawValue: Glibc.errno))
        }
        try DurableFile.syncDirectory(parent.isEmpty ? "." : parent.string)
    }
}
