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
        try locked { (backups) throws(FrontProxyError) in
            let real = try Self.resolved(path)
            let number = (try numbers(real, backups).last ?? 0) + 1
            let backup = "\(Self.name(real)).\(number)"
            try write(old, to: backup + ".before", backups)
            try write(new, to: backup + ".after", backups)
            do throws(FrontProxyError) { try Self.swap(real, old: old, new: new) } catch {
                drop(real, number, backups)
                throw error
            }
            return backups.path(of: backup + ".before")
        }
    }

    /// What the last change put into a file, and what it was before; nil where nothing is kept.
    ///
    /// A change that was cut short before it reached the file does not count.
    public func lastChange(of path: String) throws(LaunchFileError) -> (before: [UInt8], after: [UInt8])? {
        do throws(FrontProxyError) {
            guard let backups = try Folder.open(directory) else { return nil }
            try TrustedOwners().require(backups.status, directory)
            let real = try Self.resolved(path)
            let now = try FoundFile.read(real)?.bytes
            for number in try numbers(real, backups).reversed() {
                guard let change = try change(real, number, backups) else { continue }
                if change.before != now || change.after == now { return change }
            }
            return nil
        } catch { throw LaunchFileError(error) }
    }

    private func change(
        _ path: String, _ number: Int, _ backups: Folder
    ) throws(FrontProxyError) -> (before: [UInt8], after: [UInt8])? {
        let backup = "\(Self.name(path)).\(number)"
        guard let before = try kept(backup + ".before", backups), let after = try kept(backup + ".after", backups)
        else {
            return nil
        }
        return (before.bytes, after.bytes)
    }

    private func kept(_ name: String, _ backups: Folder) throws(FrontProxyError) -> FoundFile? {
        let file = try FoundFile.read(name, in: backups, followingLinksOf: nil)
        if let file { try TrustedOwners().require(file.status, file.path) }
        return file
    }

    /// Takes the last change of a file back.
    ///
    /// - Parameter old: what the file must still hold.
    public func undo(_ path: String, old: [UInt8], before: [UInt8]) throws(LaunchFileError) {
        try locked { (backups) throws(FrontProxyError) in
            let real = try Self.resolved(path)
            var gone: [Int] = []
            for number in try numbers(real, backups).reversed() {
                gone.append(number)
                if try change(real, number, backups)?.before == before { break }
            }
            try Self.swap(real, old: old, new: before)
            // The pairs go when the file is back, so that an undo that was cut short can be repeated.
            for number in gone { drop(real, number, backups) }
            try backups.sync()
        }
    }

    /// Runs `body` with the folder of backups, which is made where it is missing, while no other run writes there.
    private func locked<Result>(
        _ body: (Folder) throws(FrontProxyError) -> Result
    ) throws(LaunchFileError) -> Result {
        do throws(FrontProxyError) {
            let backups = try Folder.made(directory)
            let lock = try FileLock.exclusive(in: backups, of: directory) { _ in }
            let result = try body(backups)
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
    private func numbers(_ path: String, _ backups: Folder) throws(FrontProxyError) -> [Int] {
        let prefix = Self.name(path) + "."
        return try backups.names().compactMap { name in
            guard name.hasPrefix(prefix), name.hasSuffix(".after") else { return nil }
            return Int(name.dropFirst(prefix.count).dropLast(".after".count))
        }.sorted()
    }

    private func drop(_ path: String, _ number: Int, _ backups: Folder) {
        for kind in ["after", "before"] { try? backups.remove("\(Self.name(path)).\(number).\(kind)") }
    }

    private func write(_ bytes: [UInt8], to name: String, _ backups: Folder) throws(FrontProxyError) {
        // A run that was killed between the two left one without the other; it counts for nothing.
        try backups.remove(name)
        let file = DurableFile(folder: backups, name: name, mode: .ownerReadWrite, owner: nil)
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
        guard let (folder, name) = try Folder.holding(path), let status = try folder.status(of: name) else {
            throw .system("look at", path, .noSuchFileOrDirectory)
        }
        let file = DurableFile(
            folder: folder, name: name, mode: FilePermissions(rawValue: status.mode), owner: status.owner)
        try unsafe new.span.withUnsafeBytes { (buffer) throws(FrontProxyError) in
            try unsafe file.replace(with: buffer) { () throws(FrontProxyError) in
                guard try FoundFile.read(name, in: folder, followingLinksOf: nil)?.bytes == old else {
                    throw FrontProxyError("\(path) changed meanwhile: nothing was written", hint: "run this again")
                }
            }
        }
    }
}
