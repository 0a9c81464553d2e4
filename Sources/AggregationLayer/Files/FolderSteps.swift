// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// The single steps of a journal: each is one call that the kernel does wholly or not at all, and may be done twice.
extension ChangeJournal {
    func makeRoot() throws(FrontProxyError) {
        guard try inode(root) == nil else { return }
        try makeFolder(root)
        try DurableFile.syncDirectory(directory)
    }

    func makeFolder(_ path: String) throws(FrontProxyError) {
        // Old keys will be in there.
        guard unsafe mkdir(path, 0o700) == 0 else { throw failure("make the folder", path) }
    }

    /// Gives a file a second name; a file that is not there has none.
    func link(_ source: String, _ target: String) throws(FrontProxyError) {
        guard unsafe Glibc.link(source, target) == 0 || Glibc.errno == ENOENT else { throw failure("link", source) }
    }

    /// Gives the file `source` a second name beside the one that it is to replace.
    ///
    /// - Returns: that name; nil where both are the same file already, of which rename would do nothing.
    func secondName(of source: String, for name: String) throws(FrontProxyError) -> String? {
        if let there = try inode("\(directory)/\(name)"), try inode(source) == there { return nil }
        let temporary = "\(directory)/.\(name).journal.tmp"
        _ = unsafe unlink(temporary)
        guard unsafe Glibc.link(source, temporary) == 0 else { throw failure("link", source) }
        return temporary
    }

    func rename(_ temporary: String, over target: String) throws(FrontProxyError) {
        guard unsafe Glibc.rename(temporary, target) == 0 else { throw failure("replace", target) }
    }

    func remove(_ path: String) throws(FrontProxyError) {
        guard unsafe unlink(path) == 0 || Glibc.errno == ENOENT else { throw failure("remove", path) }
    }

    /// Makes the change's folder say what state it is in: what counts from here on.
    func move(_ entry: Entry, to state: Entry.State) throws(FrontProxyError) {
        let target = path(entry.with(state))
        guard unsafe Glibc.rename(path(entry), target) == 0 else { throw failure("rename", path(entry)) }
        do throws(FrontProxyError) { try DurableFile.syncDirectory(root) } catch {
            // What is said to have failed must not count.
            _ = unsafe Glibc.rename(target, path(entry))
            throw error
        }
    }

    func removeAll(_ entry: Entry) throws(FrontProxyError) {
        for folder in ["after", "before"] { try removeFolder("\(path(entry))/\(folder)") }
        try removeFolder(path(entry))
    }

    /// Removes a folder of files; one that is not there is fine.
    func removeFolder(_ path: String) throws(FrontProxyError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names { try remove("\(path)/\(name)") }
        guard unsafe rmdir(path) == 0 || Glibc.errno == ENOENT else { throw failure("remove the folder", path) }
    }

    /// Which file a name stands for; nil where there is none.
    func inode(_ path: String) throws(FrontProxyError) -> ino_t? {
        var found = stat()
        guard unsafe lstat(path, &found) == 0 else {
            guard Glibc.errno == ENOENT else { throw failure("look at", path) }
            return nil
        }
        return found.st_ino
    }

    private func failure(_ doing: String, _ path: String) -> FrontProxyError {
        .system(doing, path, Errno(rawValue: Glibc.errno))
    }
}
