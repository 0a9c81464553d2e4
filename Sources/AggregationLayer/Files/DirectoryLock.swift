// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SystemPackage

/// Holds a folder against a second run. The lock is on the folder itself: no file to leave over, and the kernel
/// takes it back from a process that was killed.
struct DirectoryLock: ~Copyable {
    private let descriptor: FileDescriptor

    /// How long another run may hold the folder before the wait is worth a word, in microseconds.
    private static let patience: useconds_t = 500_000
    /// How often a held folder is tried again, in microseconds.
    private static let interval: useconds_t = 50_000

    /// Waits for the folder's lock, to write.
    ///
    /// - Parameters:
    ///   - creating: whether a folder that is missing is made.
    ///   - notice: told that another run is waited for.
    static func acquire(
        _ path: String, creating: Bool, notice: (String) -> Void
    ) throws(FrontProxyError) -> DirectoryLock {
        if creating { try makeDirectory(FilePath(path)) }
        do throws(Errno) { return try open(path, for: LOCK_EX, notice) } catch {
            if error == .canceled {
                throw FrontProxyError("stopped waiting for another run that changes \(path)", hint: nil)
            }
            throw .system("lock the folder", path, error)
        }
    }

    /// Waits until nobody writes; nil where the folder is not there, or cannot be locked by who may only read.
    static func shared(_ path: String, notice: (String) -> Void) -> DirectoryLock? {
        try? open(path, for: LOCK_SH, notice)
    }

    private static func open(_ path: String, for kind: CInt, _ notice: (String) -> Void) throws(Errno) -> DirectoryLock
    {
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: [.directory, .closeOnExec])
        } catch { throw DurableFile.errno(error) }
        let lock = DirectoryLock(descriptor: descriptor)
        var waited: useconds_t = 0
        while flock(lock.descriptor.rawValue, kind | LOCK_NB) != 0 {
            let reason = Errno(rawValue: Glibc.errno)
            guard reason == .wouldBlock || reason == .interrupted else { throw reason }
            guard !Task.isCancelled else { throw .canceled }
            usleep(interval)
            waited += interval
            if waited == patience { notice("waiting: another run of kbootstrap is changing \(path)") }
        }
        return lock
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
