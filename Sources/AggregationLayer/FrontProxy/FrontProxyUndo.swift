// SPDX-License-Identifier: Apache-2.0

internal import PKI

/// A change of the folder that can be taken back.
public struct FrontProxyChange: Sendable, Equatable {
    /// Such as `renew` or `rotate-switch`.
    public let operation: String
}

extension FrontProxyStore {
    /// The changes that can be taken back, oldest first.
    ///
    /// - Throws: for a folder that somebody else could have written into.
    public func changes() throws(FrontProxyError) -> [FrontProxyChange] {
        try (pastChanges()?.done() ?? []).map { FrontProxyChange(operation: $0.operation) }
    }

    /// Takes the last change back: its files are as they were before it, byte for byte.
    ///
    /// - Throws: where there is no change to take back, or a file has been changed by something else since.
    public func undo() throws(FrontProxyError) -> (change: FrontProxyChange, report: FrontProxyReport) {
        try locked { (journal) throws(FrontProxyError) in
            let (entry, names) = try journal.undo()
            let inventory = try inventory(journal)
            var entries: [FrontProxyReport.Entry] = []
            for name in names {
                let isThere = try journal.folder.status(of: name) != nil
                entries.append(
                    FrontProxyReport.Entry(
                        journal.folder.path(of: name), Self.certificate(name, journal), isThere ? .restored : .removed))
            }
            return (
                FrontProxyChange(operation: entry.operation),
                FrontProxyReport(entries: entries, notices: FrontProxyFiles(inventory, doubts: []).problems)
            )
        }
    }

    /// The first certificate of a file, of whichever layout; nil for a key.
    private static func certificate(_ name: String, _ journal: ChangeJournal) -> Certificate? {
        let file = try? FoundFile.read(name, in: journal.folder, followingLinksOf: journal.owners)
        return file.flatMap { try? FrontProxyInventory.certificates($0) }?.first
    }
}
