// SPDX-License-Identifier: Apache-2.0

/// A file without secrets as it was found on disk.
struct FoundFile {
    let path: String
    let bytes: [UInt8]
    let status: FileStatus

    /// In bytes. A PEM file of this tool's kind is a few kilobytes; a bundle of CAs some hundred.
    static let largest = 1 << 20

    /// Reads a regular file that somebody named; nil where nothing has that name.
    static func read(_ path: String) throws(FrontProxyError) -> FoundFile? {
        try read(try OpenFile.open(path, followingLinks: true))
    }

    /// Reads a regular file of a folder; nil where nothing has that name.
    ///
    /// - Parameter owners: whose links are followed; nil to follow none.
    static func read(
        _ name: String, in folder: Folder, followingLinksOf owners: TrustedOwners?
    ) throws(FrontProxyError) -> FoundFile? {
        try read(try OpenFile.open(name, in: folder, followingLinksOf: owners))
    }

    /// Reads a certificate's file that somebody named; nil where nothing has that name.
    ///
    /// - Throws: where somebody else than root and the caller could have written it.
    static func trusted(_ path: String, owners: TrustedOwners = TrustedOwners()) throws(FrontProxyError) -> FoundFile? {
        guard let (folder, name) = try Folder.holding(path) else { return nil }
        guard let file = try read(try OpenFile.open(name, in: folder, followingLinksOf: owners), as: path) else {
            return nil
        }
        try owners.require(file.status, path)
        return file
    }

    private static func read(_ file: consuming OpenFile?, as path: String? = nil) throws(FrontProxyError) -> FoundFile?
    {
        guard let file else { return nil }
        // One more, so that a file that is growing is not taken for shorter than it was.
        var bytes = [UInt8](repeating: 0, count: file.size + 1)
        var span = bytes.mutableSpan
        let filled = try unsafe span.withUnsafeMutableBytes { (buffer) throws(FrontProxyError) -> Int in
            try unsafe file.read(into: buffer)
        }
        bytes.removeLast(bytes.count - filled)
        return FoundFile(path: path ?? file.path, bytes: bytes, status: file.status)
    }
}
