// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import Glibc
internal import SystemPackage

/// Holds a folder against a second run: by a file in it that its owner alone can open, so that nobody else can hold it
/// up. The kernel takes the lock back from a process that was killed; the file stays, and says nothing.
struct FileLock: ~Copyable {
    private let descriptor: FileDescriptor

    /// Hidden, as it is no file of anybody's.
    static let name = ".lock"

    /// How long another run may hold the lock before the wait is worth a word, in microseconds.
    private static let patience: useconds_t = 500_000
    /// How often a held lock is tried again, in microseconds.
    private static let interval: useconds_t = 50_000
    /// How long a lock is waited for: 50 runs at once take some seconds each on a busy machine.
    static let limit = Duration.seconds(60)

    /// Waits for the lock, to write.
    ///
    /// - Parameters:
    ///   - what: the folder that it stands for, as messages name it.
    ///   - limit: how long it is waited for.
    ///   - notice: told that another run is waited for.
    static func exclusive(
        in folder: Folder, of what: String, atMost limit: Duration = limit, notice: (String) -> Void
    ) throws(FrontProxyError) -> FileLock {
        guard let opened = try folder.open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, "open the lock") else {
            throw .system("open the lock", folder.path(of: name), .noSuchFileOrDirectory)
        }
        let lock = FileLock(descriptor: opened.descriptor)
        try lock.wait(LOCK_EX, folder.path(of: name), what, limit, notice)
        return lock
    }

    /// Waits until nobody writes; nil where nobody ever has, or the lock is not for this user.
    static func shared(
        in folder: Folder, of what: String, atMost limit: Duration = limit, notice: (String) -> Void
    ) throws(FrontProxyError) -> FileLock? {
        guard let opened = try? folder.open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, "open the lock") else {
            return nil
        }
        let lock = FileLock(descriptor: opened.descriptor)
        try lock.wait(LOCK_SH, folder.path(of: name), what, limit, notice)
        return lock
    }

    private func wait(
        _ kind: CInt, _ file: String, _ what: String, _ limit: Duration, _ notice: (String) -> Void
    ) throws(FrontProxyError) {
        let start = ContinuousClock.now
        var waited: useconds_t = 0
        while flock(descriptor.rawValue, kind | LOCK_NB) != 0 {
            let reason = Errno(rawValue: Glibc.errno)
            guard reason == .wouldBlock || reason == .interrupted else { throw .system("lock", file, reason) }
            guard !Task.isCancelled else {
                throw FrontProxyError("stopped waiting for another run that changes \(what)", hint: nil)
            }
            guard ContinuousClock.now - start < limit else {
                throw FrontProxyError(
                    "\(what) is still locked after \(limit.components.seconds) seconds, by another kbootstrap perhaps",
                    hint: "fuser -v \(ShellWord.quoted(file))   # shows who holds the lock")
            }
            usleep(Self.interval)
            waited += Self.interval
            if waited == Self.patience { notice("waiting: another run of kbootstrap is changing \(what)") }
        }
    }

    private init(descriptor: FileDescriptor) { self.descriptor = descriptor }

    deinit { try? descriptor.close() }
}
