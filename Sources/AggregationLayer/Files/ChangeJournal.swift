// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import Glibc
internal import PKI
internal import SystemPackage

/// Changes several files of a folder as one: all of them, or none, whatever happens in between; and takes them back.
///
/// INPUT: the folder, which the caller has locked, and a `FileChange`. OUTPUT: the files changed, and the old ones kept
/// under `.kbootstrap/NNNN-OPERATION.done/before`, for `undo`.
///
/// A change is first written whole into a folder of its own. Renaming that folder to `….pending` is the moment from
/// which the change counts: before it a crash leaves nothing, after it `recover` carries the change out. Old files are
/// kept and new ones put in place as hard links, so no key is copied through memory.
struct ChangeJournal {
    let directory: String
    /// The only names that a change may touch, in the order in which they are put in place.
    let names: [String]
    /// Options that lead another command to the folder.
    let options: String
    /// Told of what happens beside what was asked for.
    let notice: @Sendable (String) -> Void

    /// How many changes can be taken back: the three steps of a CA rotation.
    static let kept = 3
    static let folder = ".kbootstrap"

    var root: String { "\(directory)/\(Self.folder)" }

    /// Whether a change was cut short, so that `recover` has something to do.
    var needsRecovery: Bool {
        entries().contains { $0.state != .done || FileManager.default.fileExists(atPath: "\(path($0))/after") }
    }

    /// The changes that can be taken back, oldest first.
    var done: [Entry] { entries().filter { $0.state == .done } }

    // MARK: Changing

    /// Carries the change out.
    ///
    /// - Throws: with every file as it was before, or, where even that fails, with a change that `recover` ends.
    func carryOut(_ change: FileChange) throws(FrontProxyError) {
        try makeRoot()
        let staging = Entry(number: (entries().map(\.number).max() ?? 0) + 1, operation: change.operation, state: .new)
        let pending = staging.with(.pending)
        do throws(FrontProxyError) {
            try stage(change, in: path(staging))
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
        guard let last = done.last else {
            throw FrontProxyError("there is no change of \(directory) to take back", hint: nil)
        }
        let lines = try manifest(of: last)
        for line in lines {
            let live = "\(directory)/\(line.name)"
            guard try KeyFile.digest(of: live) == line.digest else {
                throw FrontProxyError(
                    "\(live) is not what \(last.operation) made of it: something else has changed it since",
                    hint: "ls -l \(ShellWord.quoted(path(last) + "/before"))   # the old files; put them back by hand")
            }
        }
        for line in lines {
            let old = "\(path(last))/before/\(line.name)"
            guard try KeyFile.digest(of: old) == line.before else {
                throw FrontProxyError(
                    "\(old) is not there any more as it was kept: \(last.operation) cannot be taken back",
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
        for entry in entries() {
            switch entry.state {
            case .new, .scrap: try removeAll(entry)
            case .pending, .undoing:
                // What somebody else has written since is newer than this change, and stays.
                guard try isUntouched(entry) else {
                    notice("\(entry.operation), which was cut short, is given up: other files are in \(directory) now")
                    try scrap(entry)
                    continue
                }
                try end(entry)
                hasEnded = true
            case .done: try removeFolder("\(path(entry))/after")
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
        for line in lines where try KeyFile.digest(of: "\(directory)/\(line.name)") != line.digest { return false }
        return true
    }

    /// Whether each file is as it was before the change, or as the change makes it.
    private func isUntouched(_ entry: Entry) throws(FrontProxyError) -> Bool {
        for line in try manifest(of: entry) {
            let live = try KeyFile.digest(of: "\(directory)/\(line.name)")
            guard live == line.before || live == line.digest else { return false }
        }
        return true
    }

    // MARK: Steps

    private func stage(_ change: FileChange, in staging: String) throws(FrontProxyError) {
        try makeFolder(staging)
        try makeFolder("\(staging)/before")
        try makeFolder("\(staging)/after")
        var manifest = ""
        for name in names where change.touches(name) {
            let digest = try change.write(name, from: directory, into: "\(staging)/after")
            let before = try KeyFile.digest(of: "\(directory)/\(name)")
            manifest += ManifestLine(digest: digest, name: name, before: before).text
            try link("\(directory)/\(name)", "\(staging)/before/\(name)")
        }
        let text = Array(manifest.utf8)
        try unsafe text.span.withUnsafeBytes { (bytes) throws(FrontProxyError) in
            let file = "\(staging)/manifest"
            try unsafe DurableFile(path: file, mode: .ownerReadWrite, owner: nil).write(bytes, as: file)
        }
        for folder in ["\(staging)/before", "\(staging)/after", staging] { try DurableFile.syncDirectory(folder) }
    }

    private func putInPlace(_ entry: Entry) throws(FrontProxyError) {
        try exchange(
            try manifest(of: entry).map { line in
                (line.name, line.digest.map { _ in "\(path(entry))/after/\(line.name)" })
            })
    }

    private func putBack(_ entry: Entry) throws(FrontProxyError) {
        try exchange(
            try manifest(of: entry).map { line in
                (line.name, line.before.map { _ in "\(path(entry))/before/\(line.name)" })
            })
    }

    /// Puts each source in the place of its name, and removes what has none.
    ///
    /// New names need room on the disk and renaming does not: where there is none, nothing has changed yet.
    private func exchange(_ files: [(name: String, source: String?)]) throws(FrontProxyError) {
        var ready: [String: String] = [:]
        do throws(FrontProxyError) {
            for case (let name, let source?) in files { ready[name] = try secondName(of: source, for: name) }
        } catch {
            for temporary in ready.values { try? remove(temporary) }
            throw error
        }
        for file in files {
            let live = "\(directory)/\(file.name)"
            if let temporary = ready[file.name] { try rename(temporary, over: live) }
            if file.source == nil { try remove(live) }
        }
        try DurableFile.syncDirectory(directory)
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
        if let last = done.last { try removeFolder("\(path(last))/after") }
        for old in done.dropLast(Self.kept) { try scrap(old) }
    }

    /// Clears away behind a change that counts: what fails here, the next run does.
    private func tidy(_ body: () throws(FrontProxyError) -> Void) {
        do throws(FrontProxyError) { try body() } catch { notice("\(error); the next run clears it away") }
    }
}
