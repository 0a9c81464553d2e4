// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import PKI
internal import SystemPackage

/// The front-proxy files of one folder.
///
/// INPUTS: a folder and a layout. OUTPUTS: four files, of which those that were there are checked and never changed.
/// Keys are written before their certificates, so that a run that was cut short is finished by the next one: at every
/// moment each certificate on disk fits the key beside it.
public struct FrontProxyStore: Sendable {
    /// The folder's absolute path.
    public let directory: String
    public let layout: FrontProxyLayout
    /// Told of what happens beside what was asked for: a change that was cut short is ended, another run is waited for.
    private let notice: @Sendable (String) -> Void

    /// - Throws: for a path with control characters, which no launch file could carry.
    public init(
        directory: String, layout: FrontProxyLayout, notice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(FrontProxyError) {
        guard !directory.isEmpty, !directory.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else { throw FrontProxyError("the folder's name is empty or has control characters in it", hint: nil) }
        let path = FilePath(directory)
        let absolute = path.isAbsolute ? path : FilePath(FileManager.default.currentDirectoryPath).appending(directory)
        self.directory = absolute.lexicallyNormalized().string
        self.layout = layout
        self.notice = notice
    }

    /// Options that lead another command to this folder; empty for the layout's default one.
    public var options: String { layout.options(for: directory) }

    /// Makes what is missing, after checking what is there.
    ///
    /// - Throws: before anything is written, where something on disk is wrong or in the way.
    public func ensure(_ options: FrontProxyOptions) throws(FrontProxyError) -> FrontProxyReport {
        if options.dryRun {
            let inventory = try inventory(owner: options.owner)
            return try FrontProxyJob(inventory: inventory, options: options).report(writingInto: nil)
        }
        return try locked(creating: true, owner: options.owner) { (journal) throws(FrontProxyError) in
            let inventory = try inventory(journal)
            return try FrontProxyJob(inventory: inventory, options: options).report(writingInto: journal.folder)
        }
    }

    /// What is on disk, with what is missing or wrong said in words.
    ///
    /// - Throws: where a file is there and cannot be read.
    public func load() throws(FrontProxyError) -> FrontProxyFiles {
        try reading(requiringTrust: false) { (folder) throws(FrontProxyError) in
            let inventory = try FrontProxyInventory.read(layout, of: directory, in: folder, requiringTrust: false)
            let doubts = (folder?.distrusts ?? []).map(\.distrust.error) + inventory.doubts
            return FrontProxyFiles(inventory, doubts: doubts)
        }
    }

    /// Whether any file of the layout is in the folder.
    ///
    /// - Throws: where the folder cannot be looked into.
    public func hasFiles() throws(FrontProxyError) -> Bool {
        guard let folder = try opened(owner: nil)?.folder else { return false }
        for name in layout.files where try folder.status(of: name) != nil { return true }
        return false
    }

    /// Ends a change of the folder that was cut short; there is none most of the time. In a folder that others may write,
    /// nothing is done.
    public func endInterruptedChange() throws(FrontProxyError) {
        try reading(requiringTrust: false) { (_) throws(FrontProxyError) in }
    }

    /// The folder's files as they stand, after ending a change that was cut short.
    ///
    /// - Throws: for a folder or a file that somebody else could have written.
    func inventory(owner: FileOwner? = nil) throws(FrontProxyError) -> FrontProxyInventory {
        try reading(owner: owner) { (folder) throws(FrontProxyError) in
            try FrontProxyInventory.read(layout, of: directory, in: folder)
        }
    }

    /// The folder's files as they stand under the lock.
    func inventory(_ journal: ChangeJournal) throws(FrontProxyError) -> FrontProxyInventory {
        let folder = KeyFolder(folder: journal.folder, journal: journal.root, owners: journal.owners, distrusts: [])
        return try FrontProxyInventory.read(layout, of: directory, in: folder)
    }

    private func opened(owner: FileOwner?) throws(FrontProxyError) -> KeyFolder? {
        try KeyFolder.open(directory, owner: owner, options: options)
    }

    private func journal(_ opened: KeyFolder, _ root: Folder) -> ChangeJournal {
        ChangeJournal(
            folder: opened.folder, root: root, owners: opened.owners, names: layout.files, options: options,
            notice: notice)
    }

    /// The folder's journal, for what it says of changes that are done; nil where there were none.
    func pastChanges() throws(FrontProxyError) -> ChangeJournal? {
        guard let opened = try opened(owner: nil) else { return nil }
        try opened.requireTrusted()
        return opened.journal.map { journal(opened, $0) }
    }

    /// Runs `body` while no other run writes, after ending a change that was cut short.
    ///
    /// - Parameters:
    ///   - requiringTrust: whether a folder that others may write is refused; where it is not, nothing is changed there.
    ///   - body: given nil where there is no folder.
    func reading<R>(
        owner: FileOwner? = nil, requiringTrust: Bool = true, _ body: (KeyFolder?) throws(FrontProxyError) -> R
    ) throws(FrontProxyError) -> R {
        guard let opened = try opened(owner: owner) else { return try body(nil) }
        if requiringTrust { try opened.requireTrusted() }
        guard opened.distrusts.isEmpty else { return try body(opened) }
        guard let root = opened.journal else {
            let result = try body(opened)
            // Somebody who began to write meanwhile has made a journal, and may have been half-way.
            guard try self.opened(owner: owner)?.journal != nil else { return result }
            return try reading(owner: owner, requiringTrust: requiringTrust, body)
        }
        if try journal(opened, root).needsRecovery() { try locked(owner: owner) { (_) throws(FrontProxyError) in } }
        let lock = try FileLock.shared(in: root, of: directory, notice: notice)
        let result = try body(opened)
        _ = consume lock
        return result
    }

    /// Runs `body` while no other run touches the folder, after ending a change that was cut short.
    ///
    /// - Parameters:
    ///   - creating: whether a folder that is missing is made.
    ///   - owner: whom the command was told to trust beside root and the caller; the commands after it do so too.
    /// - Throws: for a folder that somebody else could have written into.
    func locked<R>(
        creating: Bool = false, owner: FileOwner? = nil, _ body: (ChangeJournal) throws(FrontProxyError) -> R
    ) throws(FrontProxyError) -> R {
        if creating { _ = try Folder.make(directory, owners: TrustedOwners(owner)) }
        guard let opened = try opened(owner: owner) else {
            throw .system("open the folder", directory, .noSuchFileOrDirectory)
        }
        try opened.requireTrusted()
        let root = try opened.madeJournal()
        let lock = try FileLock.exclusive(in: root, of: directory, notice: notice)
        if let owner { try opened.record(owner, in: root) }
        // Under the lock nobody writes, so whatever temporary file is there was left by a run that was killed.
        try DurableFile.removeLeftovers(of: layout.files, in: opened.folder)
        let journal = journal(opened, root)
        try journal.recover()
        let result = try body(journal)
        _ = consume lock
        return result
    }
}
