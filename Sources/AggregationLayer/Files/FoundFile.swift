// SPDX-License-Identifier: Apache-2.0

/// A file without secrets as it was found on disk.
struct FoundFile {
    let path: String
    let bytes: [UInt8]
    let status: FileStatus

    /// In bytes. A PEM file of this tool's kind is a few kilobytes; a bundle of CAs some hundred.
    static let largest = 1 << 20

    /// Reads a regular file; nil where nothing has that name.
    static func read(_ path: String) throws(FrontProxyError) -> FoundFile? {
        guard let file = try OpenFile.open(path, followingLinks: true) else { return nil }
        // One more, so that a file that is growing is not taken for shorter than it was.
        var bytes = [UInt8](repeating: 0, count: file.size + 1)
        var span = bytes.mutableSpan
        let filled = try unsafe span.withUnsafeMutableBytes { (buffer) throws(FrontProxyError) -> Int in
            try unsafe file.read(into: buffer)
        }
        bytes.removeLast(bytes.count - filled)
        return FoundFile(path: path, bytes: bytes, status: file.status)
    }
}
