// SPDX-License-Identifier: Apache-2.0

/// The single steps of a journal: each is one call that the kernel does wholly or not at all, and may be done twice.
extension ChangeJournal {
    /// Gives a file of a change a second name beside the one that it is to replace.
    ///
    /// - Returns: that name; nil where both are the same file already, of which rename would do nothing.
    func secondName(of name: String, in source: Folder) throws(FrontProxyError) -> String? {
        if let there = try folder.status(of: name), try source.status(of: name)?.isSameFile(as: there) == true {
            return nil
        }
        let temporary = ".\(name).journal.tmp"
        try folder.remove(temporary)
        try source.link(name, into: folder, as: temporary)
        return temporary
    }

    /// Makes the change's folder say what state it is in: what counts from here on.
    func move(_ entry: Entry, to state: Entry.State) throws(FrontProxyError) {
        let target = entry.with(state).name
        try root.rename(entry.name, to: target)
        do throws(FrontProxyError) { try root.sync() } catch {
            // What is said to have failed must not count.
            try? root.rename(target, to: entry.name)
            throw error
        }
    }

    func removeAll(_ entry: Entry) throws(FrontProxyError) {
        guard try root.status(of: entry.name) != nil else { return }
        let change = try change(entry)
        for part in ["after", "before"] { try change.removeFolder(part) }
        try root.removeFolder(entry.name)
    }
}
