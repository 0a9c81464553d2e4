// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// Replaces launch files, and keeps what they were.
///
/// INPUTS: a folder for backups, outside every folder that kubelet or systemd reads. OUTPUTS: for the n-th change of a
/// file, `NAME.n.before` and `NAME.n.after`, where NAME is its path with `%` and `/` escaped; both are on disk before the
/// file itself changes.
public struct LaunchFileStore: Sendable {
    public let directory: String

    public static let defaultDirectory = "/var/lib/kbootstrap/backups"

    public init(directory: String = defaultDirectory) { self.directory = directory }

    /// Puts new bytes in a file's place: whole or not at all, with the file's own mode and owner.
    ///
    /// - Parameter old: what the file must still hold.
    /// - Returns: the path of the backup.
    /// - Throws: where the file changed meanwhile, or cannot be written.
    public func replace(_ path: String, old: [UInt8], with new: [UInt8]) throws(LaunchFileError) -> String {
        try locked { () throws(FrontProxyError) in
            let real = try Self.resolved(path)
            let number = (numbers(real).last ?? 0) + 1
            let backup = "\(directory)/\(Self.name(real)).\(number)"
            try write(old, to: backup + ".before", mode: [.ownerReadWrite])
            try write(new, to: backup + ".after", mode: [.ownerReadWrite])
            do throws(FrontProxyError) { try Self.swap(real, old: old, new: new) } catch {
                drop(real, number)
                throw error
            }
            return backup + ".before"
        }
    }

    /// What the last change put into a file, and what it was before; nil where nothing is kept.
    ///
    /// A change that was cut short before it reached the file does not count.
    public func lastChange(of path: String) throws(LaunchFileError) -> (before: [UInt8], after: [UInt8])? {
        do throws(FrontProxyError) {
            let real = try Self.resolved(path)
            let now = try FoundFile.read(real)?.bytes
            for number in numbers(real).reversed() {
                guard let change = try change(real, number) else { continue }
                if change.before != now || change.after == now { return change }
            }
            return nil
        } catch { throw LaunchFileError(error) }
    }

    private func change(
        _ path: String, _ number: Int
    ) throws(FrontProxyError) -> (before: [UInt8], after: [UInt8])? {
        let backup = "\(directory)/\(Self.name(path)).\(number)"
        guard let before = try FoundFile.read(backup + ".before"), let after = try FoundFile.read(backup + ".after")
        else { return nil }
        return (before.bytes, after.bytes)
    }

    /// Takes the last change of a file back.
    ///
    /// - Parameter old: what the file must still hold.
    public func undo(_ path: String, old: [UInt8], before: [UInt8]) throws(LaunchFileError) {
        try locked { () throws(FrontProxyError) in
            let real = try Self.resolved(path)
            var gone: [Int] = []
            for number in numbers(real).reversed() {
                gone.append(number)
                if try change(real, number)?.before == before { break }
            }
            try Self.swap(real, old: old, new: before)
            // The pairs go when the file is back, so that an undo that was cut short can be repeated.
            for number in gone { drop(real, number) }
            try DurableFile.syncDirectory(directory)
        }
    }

    private func locked<Result>(_ body: () throws(FrontProxyError) -> Result) throws(LaunchFileError) -> Result {
        do throws(FrontProxyError) {
            let lock = try DirectoryLock.acquire(directory, creating: true) { _ in }
            let result = try body()
            _ = consume lock
            return result
        } catch { throw LaunchFileError(error.description, hint: Self.hint(error)) }
    }

    private static func hint(_ error: FrontProxyError) -> String? {
        error.hint?.replacing("with --dir", with: "with --backup-dir")
    }

    // MARK: Backups

    private static func name(_ path: String) -> String {
        path.replacing("%", with: "%25").replacing("/", with: "%2F")
    }

    /// The numbers of a file's changes, rising.
    private func numbers(_ path: String) -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let prefix = Self.name(path) + "."
        return names.compactMap { name in
            guard name.hasPrefix(prefix), name.hasSuffix(".after") else { return nil }
            return Int(name.dropFirst(prefix.count).dropLast(".after".count))
        }.sorted()
    }

    private func drop(_ path: String, _ number: Int) {
        for kind in ["after", "before"] {
            _ = unsafe unlink("\(directory)/\(Self.name(path)).\(number).\(kind)")
        }
    }

    private func write(_ bytes: [UInt8], to path: String, mode: FilePermissions) throws(FrontProxyError) {
        // A run that was killed between the two left one without the other; it counts for nothing.
        _ = unsafe unlink(path)
        let file = DurableFile(path: path, mode: mode, owner: nil)
        try unsafe bytes.span.withUnsafeBytes { (buffer) throws(FrontProxyError) in try unsafe file.create(buffer) }
    }

    // MARK: The file itself

    private static func resolved(_ path: String) throws(FrontProxyError) -> String {
        guard let pointer = unsafe realpath(path, nil) else {
            throw .system("find", path, Errno(rawValue: Glibc.errno))
        }
        defer { unsafe free(pointer) }
        return unsafe String(cString: pointer)
    }

    /// The temporary file begins with a dot: kubelet passes such names over, and systemd reads none of them.
    private static func swap(_ path: String, old: [UInt8], new: [UInt8]) throws(FrontProxyError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw .system("look at", path, Errno(rawValue: Glibc.errno)) }
        let target = FilePath(path)
        let directory = target.removingLastComponent()
        var random = SystemRandomNumberGenerator()
        let suffix = String(random.next() as UInt64, radix: 16)
        let temporary = directory.appending(".\(target.lastComponent?.string ?? "file").\(suffix).tmp")
        let (mode, owner, group) = (status.st_mode & 0o7777, status.st_uid, status.st_gid)
        let file = DurableFile(
            path: temporary.string, mode: FilePermissions(rawValue: mode),
            owner: FileOwner(user: owner, group: group))
        do throws(FrontProxyError) {
            try unsafe new.span.withUnsafeBytes { (buffer) throws(FrontProxyError) in
                try unsafe file.write(buffer, as: temporary.string)
            }
            guard try FoundFile.read(path)?.bytes == old else {
                throw FrontProxyError("\(path) changed meanwhile: nothing was written", hint: "run this again")
            }
            guard unsafe rename(temporary.string, path) == 0 else {
                throw .system("replace", path, Errno(rawValue: Glibc.errno))
            }
        } catch {
            _ = unsafe unlink(temporary.string)
            throw error
        }
        try DurableFile.syncDirectory(directory.string)
    }
}
