// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import SystemPackage

/// A folder of keys that is open, with its journal where it has one, and with who may own what is in it.
struct KeyFolder {
    let folder: Folder
    /// The journal's folder; nil where there is none, it is not trusted, or it is not for this user.
    let journal: Folder?
    let owners: TrustedOwners
    /// What speaks against the folder and its journal, each with its path; empty where nobody else could have written
    /// into them.
    let distrusts: [(path: String, distrust: Distrust)]

    /// Holds the owner that a command was given with `--owner`, as `user:group` in numbers, for the commands after it.
    private static let ownerFile = ".owner"

    /// - Parameters:
    ///   - owner: whom the command trusts beside root and the caller.
    ///   - options: options that lead another command to the folder.
    /// - Returns: nil where nothing has that name.
    static func open(_ path: String, owner: FileOwner?, options: String) throws(FrontProxyError) -> KeyFolder? {
        var owners = TrustedOwners(owner, remedy: "kbootstrap certs front-proxy\(options) --owner")
        guard let folder = try Folder.open(path, owners: owners) else { return nil }
        let (journal, doubt) = try journal(of: folder, owners)
        if let recorded = try journal.flatMap({ (journal) throws(FrontProxyError) in try recorded(journal, owners) }) {
            owners = owners.including(recorded)
        }
        var distrusts: [(String, Distrust)] = []
        if let distrust = owners.distrust(of: folder.status, path) { distrusts.append((path, distrust)) }
        if let doubt { distrusts.append((folder.path(of: ChangeJournal.folderName), doubt)) }
        return KeyFolder(folder: folder, journal: journal, owners: owners, distrusts: distrusts)
    }

    func requireTrusted() throws(FrontProxyError) {
        if let first = distrusts.first { throw first.distrust.error }
    }

    /// The journal's folder, which is made where it is missing.
    func madeJournal() throws(FrontProxyError) -> Folder {
        if let journal { return journal }
        let name = ChangeJournal.folderName
        try folder.makeFolder(name)
        try folder.sync()
        guard let made = try folder.folder(name) else {
            throw .system("make the folder", folder.path(of: name), .noSuchFileOrDirectory)
        }
        try owners.require(made.status, made.path)
        return made
    }

    private static func journal(
        of folder: Folder, _ owners: TrustedOwners
    ) throws(FrontProxyError) -> (Folder?, Distrust?) {
        let name = ChangeJournal.folderName
        let path = folder.path(of: name)
        func doubt(_ why: String, _ short: String) -> Distrust {
            let quoted = ShellWord.quoted(path)
            return Distrust(
                error: FrontProxyError(
                    "\(path) \(why): a change in it could be anybody's",
                    hint: "ls -ld \(quoted); mv \(quoted) \(ShellWord.quoted(path + ".old"))"), short: short,
                isRepairedByHint: false)
        }
        guard let seen = try folder.status(of: name) else { return (nil, nil) }
        guard seen.kind == .folder else { return (nil, doubt("is \(seen.kindName), not a folder", "not a folder")) }
        // It is for its owner alone.
        guard let opened = owners.contains(seen.owner) ? try? folder.folder(name) : nil else {
            return (
                nil, owners.contains(seen.owner) ? nil : doubt("belongs to user \(seen.owner.userName)", "other owner")
            )
        }
        guard let distrust = owners.distrust(of: opened.status, path) else { return (opened, nil) }
        return (nil, distrust)
    }

    // MARK: The owner

    /// Remembers the owner that a command was given, for the commands after it.
    func record(_ owner: FileOwner, in journal: Folder) throws(FrontProxyError) {
        guard try Self.recorded(journal, owners)?.user != owner.user else { return }
        let text = Array("\(owner.user):\(owner.group)\n".utf8)
        let file = DurableFile(folder: journal, name: Self.ownerFile, mode: .ownerReadWrite, owner: nil)
        try unsafe text.span.withUnsafeBytes { (bytes) throws(FrontProxyError) in try unsafe file.replace(with: bytes) }
    }

    private static func recorded(_ journal: Folder, _ owners: TrustedOwners) throws(FrontProxyError) -> FileOwner? {
        guard let file = try FoundFile.read(ownerFile, in: journal, followingLinksOf: nil),
            owners.distrust(of: file.status, file.path) == nil
        else { return nil }
        let numbers = String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: { ":\n".contains($0) })
            .compactMap { UInt32($0) }
        return numbers.count == 2 ? FileOwner(user: numbers[0], group: numbers[1]) : nil
    }
}
