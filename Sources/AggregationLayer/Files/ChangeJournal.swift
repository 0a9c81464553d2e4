// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import SystemPackage

/// Changes several files of a folder as one: all of them, or none, whatever happens in between; and takes them back.
///
/// INPUT: the folder and its `.kbootstrap`, which are trusted and locked, and a `FileChange`. OUTPUT: the files changed, and the old ones kept
/// under `.kbootstrap/NNNN-OPERATION.done/before`, for `undo`.
///
/// A change is first written whole into a folder of its own. Renaming that folder to `….pending` is the moment from
/// which the change counts: before it a crash leaves nothing, after it `recover` carries the change out. Old files are
/// kept and new ones put in place as hard links, so no key is copied through memory.
struct ChangeJournal {
    let folder: Folder
    /// The journal's own folder, `.kbootstrap`.
    let root: Folder
    /// Who may own the changes in it.
    let owners: TrustedOwners
    /// The only names that a change may touch, in the order in which they are put in place.
    let names: [String]
    /// Options that lead another command to the folder.
    let options: String
    /// Told of what happens beside what was asked for.
    let notice: @Sendable (String) -> Void

    /// How many changes can be taken back: the three steps of a CA rotation.
    static let kept = 3
    static let folderName = ".kbootstrap"

    /// Whether a change was cut short, so that `recover` has something to do.
    func needsRecovery() throws(FrontProxyError) -> Bool {
        for entry in try entries() {
            if entry.state != .done { return true }
            if try root.folder(entry.name)?.status(of: "after") != nil { return true }
        }
        return false
    }

    /// The changes that can be taken back, oldest first.
    func done() throws(FrontProxyError) -> [Entry] { try entries().filter { $0.state == .done } }

    // MARK: Changing

    /// Carries the change out.
    ///
    /// - Throws: with every file as it was before, or, where even that fails, with a change that `recover` ends.
    func carryOut(_ change: FileChange) throws(FrontProxyError) {
        let staging = Entry(
            number: (try entries().map(\.number).max() ?? 0) + 1, operation: change.operation, state: .new)
        let pending = staging.with(.pending)
        do throws(FrontProxyError) {
            try stage(change, as: staging)
            try move(staging, to: .pending)
        } catch {
            try? removeAll(staging)
            throw error
        }
        do throws(FrontProxyError) {
            try putInPlace(pending)
            try move(pending, to: .done)
        } catch {
            try? revert(pending)
            throw error
        }
        tidy { () throws(FrontProxyError) in try prune() }
    }

    /// Takes the last change back.
    ///
    /// - Returns: what was taken back, and the names of the files that it had touched.
    /// - Throws: where there is none, or a file is no longer what the change made of it.
    func undo() throws(FrontProxyError) -> (Entry, names: [String]) {
        guard let last = try done().last else {
            throw FrontProxyError("there is no change of \(folder.path) to take back", hint: nil)
        }
        let lines = try manifest(of: last)
        let before = try part("before", of: last)
        for line in lines {
            guard try folder.digest(of: line.name) == line.digest else {
                throw FrontProxyError(
                    "\(folder.path(of: line.name)) is not what \(last.operation) made of it: something else has changed it since",
                    hint: "ls -l \(ShellWord.quoted(before.path))   # the old files; put them back by hand")
            }
        }
        for line in lines {
            guard try before.digest(of: line.name) == line.before else {
                throw FrontProxyError(
                    "\(before.path(of: line.name)) is not there any more as it was kept: \(last.operation) cannot be taken back",
                    hint: "kbootstrap certs status\(options)   # nothing has been changed")
            }
        }
        do throws(FrontProxyError) { try revert(last) } catch {
            // Where no file has been touched yet, nothing has begun.
            if try isInPlace(lines) {
                try? move(last.with(.undoing), to: .done)
                throw error
            }
            throw FrontProxyError(
                error.description,
                hint: "kbootstrap certs status\(options)   # ends the undoing, as any command here does")
        }
        return (last, lines.map(\.name))
    }

    /// Ends what a run that was cut short began: a change forwards, an undoing backwards; and clears leftovers away.
    func recover() throws(FrontProxyError) {
        var hasEnded = false
        for entry in try entries() {
            switch entry.state {
            case .new, .scrap: try removeAll(entry)
            case .pending, .undoing:
                // What somebody else has written since is newer than this change, and stays.
                guard try isUntouched(entry) else {
                    notice(
                        "\(entry.operation), which was cut short, is given up: other files are in \(folder.path) now")
                    try scrap(entry)
                    continue
                }
                try end(entry)
                hasEnded = true
            case .done: try change(entry).removeFolder("after")
            }
        }
        if hasEnded { tidy { () throws(FrontProxyError) in try prune() } }
    }

    private func end(_ entry: Entry) throws(FrontProxyError) {
        guard entry.state == .pending else {
            try putBack(entry)
            try scrap(entry)
            return notice("\(entry.operation), whose undoing was cut short, is taken back now")
        }
        try putInPlace(entry)
        try move(entry, to: .done)
        notice("\(entry.operation), which was cut short, is carried out now")
    }

    private func isInPlace(_ lines: [ManifestLine]) throws(FrontProxyError) -> Bool {
        for line in lines where try folder.digest(of: line.name) != line.digest { return false }
        return true
    }

    /// Whether each file is as it was before the change, or as the change makes it.
    private func isUntouched(_ entry: Entry) throws(FrontProxyError) -> Bool {
        for line in try manifest(of: entry) {
            let live = try folder.digest(of: line.name)
            guard live == line.before || live == line.digest else { return false }
        }
        return true
    }

    // MARK: Steps

    private func stage(_ change: FileChange, as entry: Entry) throws(FrontProxyError) {
        // Old keys will be in there.
        try root.makeFolder(entry.name)
        let staging = try self.change(entry)
        for part in ["before", "after"] { try staging.makeFolder(part) }
        let (before, after) = (try part("before", of: entry), try part("after", of: entry))
        var manifest = ""
        for name in names where change.touches(name) {
            let digest = try change.write(name, from: folder, into: after)
            let present = try folder.digest(of: name)
            manifest += ManifestLine(digest: digest, name: name, before: present).text
            if let present { try keep(name, present, in: before) }
        }
        let text = Array(manifest.utf8)
        try unsafe text.span.withUnsafeBytes { (bytes) throws(FrontProxyError) in
            try unsafe DurableFile(folder: staging, name: "manifest", mode: .ownerReadWrite, owner: nil).write(bytes)
        }
        for folder in [before, after, staging] { try folder.sync() }
    }

    /// Keeps a file as it is.
    ///
    /// As a copy: kube-apiserver watches the file itself, and where its old one keeps a second name, it hears of one
    /// change and of none after that (k8s.io/apiserver, dynamiccertificates: it waits for the file's removal).
    private func keep(_ name: String, _ digest: String, in before: Folder) throws(FrontProxyError) {
        if try folder.linkTarget(of: name) != nil { return try folder.link(name, into: before, as: name) }
        guard let file = try KeyFile.read(name, in: folder, owners: TrustedOwners()),
            try file.copy(into: before, as: name) == digest
        else { throw FrontProxyError("\(folder.path(of: name)) has changed meanwhile", hint: nil) }
    }

    private func putInPlace(_ entry: Entry) throws(FrontProxyError) {
        try exchange(
            try manifest(of: entry).map { ($0.name, $0.digest != nil) }, from: try part("after", of: entry))
    }

    private func putBack(_ entry: Entry) throws(FrontProxyError) {
        try exchange(
            try manifest(of: entry).map { ($0.name, $0.before != nil) }, from: try part("before", of: entry))
    }

    /// Puts each file of a change in the place of its name, and removes what has none.
    ///
    /// New names need room on the disk and renaming does not: where there is none, nothing has changed yet.
    private func exchange(_ files: [(name: String, isThere: Bool)], from source: Folder) throws(FrontProxyError) {
        var ready: [String: String] = [:]
        do throws(FrontProxyError) {
            for file in files where file.isThere { ready[file.name] = try secondName(of: file.name, in: source) }
        } catch {
            for temporary in ready.values { try? folder.remove(temporary) }
            throw error
        }
        for file in files {
            if let temporary = ready[file.name] { try folder.rename(temporary, to: file.name) }
            if !file.isThere { try folder.remove(file.name) }
        }
        try folder.sync()
    }

    private func revert(_ entry: Entry) throws(FrontProxyError) {
        try move(entry, to: .undoing)
        try putBack(entry.with(.undoing))
        tidy { () throws(FrontProxyError) in try scrap(entry.with(.undoing)) }
    }

    /// Removes a change, which must not count for anything while only a part of it is there.
    private func scrap(_ entry: Entry) throws(FrontProxyError) {
        try move(entry, to: .scrap)
        try removeAll(entry.with(.scrap))
    }

    private func prune() throws(FrontProxyError) {
        let done = try done()
        if let last = done.last { try change(last).removeFolder("after") }
        for old in done.dropLast(Self.kept) { try scrap(old) }
    }

    /// Clears away behind a change that counts: what fails here, the next run does.
    private func tidy(_ body: () throws(FrontProxyError) -> Void) {
        do throws(FrontProxyError) { try body() } catch { notice("\(error); the next run clears it away") }
    }
}
