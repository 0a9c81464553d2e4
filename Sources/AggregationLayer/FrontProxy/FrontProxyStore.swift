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
            return try FrontProxyJob(inventory: try inventory(), options: options).report(writing: false)
        }
        return try locked(creating: true) { (_) throws(FrontProxyError) in
            let inventory = try FrontProxyInventory.read(layout, in: directory)
            return try FrontProxyJob(inventory: inventory, options: options).report(writing: true)
        }
    }

    /// What is on disk, with what is missing or wrong said in words.
    ///
    /// - Throws: where a file is there and cannot be read.
    public func load() throws(FrontProxyError) -> FrontProxyFiles {
        FrontProxyFiles(try inventory())
    }

    /// Whether any file of the layout is in the folder.
    ///
    /// - Throws: where the folder cannot be looked into.
    public func hasFiles() throws(FrontProxyError) -> Bool {
        for name in layout.files where try journal.inode("\(directory)/\(name)") != nil { return true }
        return false
    }

    /// Ends a change of the folder that was cut short; there is none most of the time.
    public func endInterruptedChange() throws(FrontProxyError) {
        if journal.needsRecovery { try locked { (_) throws(FrontProxyError) in } }
    }

    /// The folder's files as they stand, after ending a change that was cut short.
    func inventory() throws(FrontProxyError) -> FrontProxyInventory {
        try reading { () throws(FrontProxyError) in try FrontProxyInventory.read(layout, in: directory) }
    }

    private var journal: ChangeJournal {
        ChangeJournal(directory: directory, names: layout.files, options: options, notice: notice)
    }

    /// The changes that can be taken back, oldest first.
    var done: [ChangeJournal.Entry] { journal.done }

    func path(_ change: ChangeJournal.Entry) -> String { journal.path(change) }

    /// Runs `body` while no other run writes, after ending a change that was cut short.
    func reading<R>(_ body: () throws(FrontProxyError) -> R) throws(FrontProxyError) -> R {
        try endInterruptedChange()
        let lock = DirectoryLock.shared(directory, notice: notice)
        let result = try body()
        _ = consume lock
        return result
    }

    /// Runs `body` while no other run touches the folder, after ending a change that was cut short.
    ///
    /// - Parameter creating: whether a folder that is missing is made.
    func locked<R>(
        creating: Bool = false, _ body: (ChangeJournal) throws(FrontProxyError) -> R
    ) throws(FrontProxyError) -> R {
        let lock = try DirectoryLock.acquire(directory, creating: creating, notice: notice)
        // Under the lock nobody writes, so whatever temporary file is there was left by a run that was killed.
        try DurableFile.removeLeftovers(of: layout.files, in: directory)
        try journal.recover()
        let result = try body(journal)
        _ = consume lock
        return result
    }
}
