// SPDX-License-Identifier: Apache-2.0

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
        try prune()
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
                    hint: "kbootstrap certs status   # nothing has been changed")
            }
        }
        try revert(last)
        return (last, lines.map(\.name))
    }

    /// Ends what a run that was cut short began: a change forwards, an undoing backwards; and clears leftovers away.
    ///
    /// - Returns: what was ended.
    func recover() throws(FrontProxyError) -> [Entry] {
        var ended: [Entry] = []
        for entry in entries() {
            switch entry.state {
            case .new, .scrap: try removeAll(entry)
            case .pending:
                // What somebody else has written since is newer than this change, and stays.
                guard try isUntouched(entry) else {
                    try scrap(entry)
                    continue
                }
                try putInPlace(entry)
                try move(entry, to: .done)
                ended.append(entry)
            case .undoing:
                try putBack(entry)
                try scrap(entry)
                ended.append(entry)
            case .done: try removeFolder("\(path(entry))/after")
            }
        }
        if !ended.isEmpty { try prune() }
        return ended
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
        let lines = try manifest(of: entry)
        for line in lines {
            let live = "\(directory)/\(line.name)"
            let new = "\(path(entry))/after/\(line.name)"
            if line.digest == nil { try remove(live) } else { try replace(live, with: new) }
        }
        try DurableFile.syncDirectory(directory)
    }

    private func putBack(_ entry: Entry) throws(FrontProxyError) {
        for line in try manifest(of: entry) {
            let live = "\(directory)/\(line.name)"
            let old = "\(path(entry))/before/\(line.name)"
            if line.before == nil { try remove(live) } else { try replace(live, with: old) }
        }
        try DurableFile.syncDirectory(directory)
    }

    private func revert(_ entry: Entry) throws(FrontProxyError) {
        try move(entry, to: .undoing)
        try putBack(entry.with(.undoing))
        try scrap(entry.with(.undoing))
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

    // MARK: Names on disk

    /// One change, by the name of its folder: `0001-renew.done`.
    struct Entry: Equatable {
        enum State: String {
            /// Being written: it counts for nothing yet.
            case new
            /// Counts, and may not be in place yet.
            case pending
            /// In place, and can be taken back.
            case done
            /// Is being taken back.
            case undoing
            /// Counts for nothing any more, and is being removed.
            case scrap
        }

        let number: Int
        let operation: String
        let state: State

        var name: String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "-\(operation).\(state.rawValue)"
        }

        init(number: Int, operation: String, state: State) {
            self.number = number
            self.operation = operation
            self.state = state
        }

        init?(name: String) {
            guard let dot = name.lastIndex(of: "."),
                let state = State(rawValue: String(name[name.index(after: dot)...])),
                let dash = name.firstIndex(of: "-"), dash < dot,
                // Far more changes than a folder ever sees; what is larger is not ours.
                let number = Int(name[..<dash]), (0..<1_000_000_000).contains(number)
            else { return nil }
            self.init(number: number, operation: String(name[name.index(after: dash)..<dot]), state: state)
        }

        func with(_ state: State) -> Entry { Entry(number: number, operation: operation, state: state) }
    }

    func path(_ entry: Entry) -> String { "\(root)/\(entry.name)" }

    private func entries() -> [Entry] {
        let found = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return found.compactMap { Entry(name: $0) }.sorted { $0.number < $1.number }
    }

    /// The files of every layout: two may share a folder, and so a journal.
    private static let known = Set(FrontProxyLayout.all.flatMap(\.files))

    private struct ManifestLine {
        /// Of the file as the change leaves it; nil for a file that it removes.
        let digest: String?
        let name: String
        /// Of the file before the change; nil where there was none.
        let before: String?

        var text: String { "\(digest ?? "-") \(name) \(before ?? "-")\n" }
    }

    private func manifest(of entry: Entry) throws(FrontProxyError) -> [ManifestLine] {
        let file = "\(path(entry))/manifest"
        let text = String(decoding: try FoundFile.read(file)?.bytes ?? [], as: UTF8.self)
        var lines: [ManifestLine] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ").map(String.init)
            guard parts.count == 3, Self.known.contains(parts[1]) else {
                throw FrontProxyError("\(file) is damaged: '\(line)'", hint: "ls -lR \(ShellWord.quoted(root))")
            }
            lines.append(
                ManifestLine(
                    digest: parts[0] == "-" ? nil : parts[0], name: parts[1], before: parts[2] == "-" ? nil : parts[2]))
        }
        guard !lines.isEmpty else {
            throw FrontProxyError("\(file) is missing or empty", hint: "ls -lR \(ShellWord.quoted(root))")
        }
        return lines
    }
}
