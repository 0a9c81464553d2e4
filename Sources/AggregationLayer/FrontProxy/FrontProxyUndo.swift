// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import PKI

/// A change of the folder that can be taken back.
public struct FrontProxyChange: Sendable, Equatable {
    /// Such as `renew` or `rotate-switch`.
    public let operation: String
}

extension FrontProxyStore {
    /// The changes that can be taken back, oldest first.
    public func changes() -> [FrontProxyChange] { done.map { FrontProxyChange(operation: $0.operation) } }

    /// Takes the last change back: its files are as they were before it, byte for byte.
    ///
    /// - Throws: where there is no change to take back, or a file has been changed by something else since.
    public func undo() throws(FrontProxyError) -> (change: FrontProxyChange, report: FrontProxyReport) {
        try locked { (journal) throws(FrontProxyError) in
            let (entry, names) = try journal.undo()
            let inventory = try FrontProxyInventory.read(layout, in: directory)
            let entries = names.map { name in
                let path = "\(directory)/\(name)"
                let isThere = FileManager.default.fileExists(atPath: path)
                return FrontProxyReport.Entry(path, Self.certificate(path), isThere ? .restored : .removed)
            }
            return (
                FrontProxyChange(operation: entry.operation),
                FrontProxyReport(entries: entries, notices: FrontProxyFiles(inventory).problems)
            )
        }
    }

    /// The first certificate of a file, of whichever layout; nil for a key.
    private static func certificate(_ path: String) -> Certificate? {
        (try? FoundFile.read(path)).flatMap { try? FrontProxyInventory.certificates($0) }?.first
    }
}
