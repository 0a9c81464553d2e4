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

    /// - Throws: for a path with control characters, which no launch file could carry.
    public init(directory: String, layout: FrontProxyLayout) throws(FrontProxyError) {
        guard !directory.isEmpty, !directory.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else { throw FrontProxyError("the folder's name is empty or has control characters in it", hint: nil) }
        let path = FilePath(directory)
        let absolute = path.isAbsolute ? path : FilePath(FileManager.default.currentDirectoryPath).appending(directory)
        self.directory = absolute.lexicallyNormalized().string
        self.layout = layout
    }

    /// Options that lead another command to this folder; empty for the layout's default one.
    public var options: String { layout.options(for: directory) }

    /// Makes what is missing, after checking what is there.
    ///
    /// - Throws: before anything is written, where something on disk is wrong or in the way.
    public func ensure(_ options: FrontProxyOptions) throws(FrontProxyError) -> FrontProxyReport {
        if options.dryRun {
            let inventory = try FrontProxyInventory.read(layout, in: directory)
            return try FrontProxyJob(inventory: inventory, options: options).report(writing: false)
        }
        return try locked { (_) throws(FrontProxyError) in
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

    /// The folder's files as they stand, after ending a change that was cut short.
    func inventory() throws(FrontProxyError) -> FrontProxyInventory {
        if journal.needsRecovery { try locked { (_) throws(FrontProxyError) in } }
        return try FrontProxyInventory.read(layout, in: directory)
    }

    var journal: ChangeJournal { ChangeJournal(directory: directory, names: layout.files) }

    /// Runs `body` while no other run touches the folder, after ending a change that was cut short.
    func locked<R>(_ body: (ChangeJournal) throws(FrontProxyError) -> R) throws(FrontProxyError) -> R {
        let lock = try DirectoryLock.acquire(directory)
        // Under the lock nobody writes, so whatever temporary file is there was left by a run that was killed.
        try DurableFile.removeLeftovers(of: layout.files, in: directory)
        _ = try journal.recover()
        let result = try body(journal)
        _ = consume lock
        return result
    }
}
