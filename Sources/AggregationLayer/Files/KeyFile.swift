// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import PKI
internal import SystemPackage

/// A private key's file as it was found on disk, its bytes in memory that is wiped.
final class KeyFile {
    let path: String
    let contents: SecretBytes
    let status: FileStatus
    private let owners: TrustedOwners

    /// As messages call it.
    static let what = "a private key"

    private init(path: String, contents: consuming SecretBytes, status: FileStatus, owners: TrustedOwners) {
        self.path = path
        self.contents = contents
        self.status = status
        self.owners = owners
    }

    /// Reads a regular file that somebody named, and follows no link; nil where nothing has that name.
    static func read(_ path: String) throws(FrontProxyError) -> KeyFile? {
        guard let (folder, name) = try Folder.holding(path) else { return nil }
        return try read(name, in: folder, owners: TrustedOwners(), as: path)
    }

    /// Reads a regular file of a folder, and follows no link; nil where nothing has that name.
    ///
    /// - Parameters:
    ///   - owners: who may own the key.
    ///   - path: as messages name it; nil for the folder's and the name.
    static func read(
        _ name: String, in folder: Folder, owners: TrustedOwners, as path: String? = nil
    ) throws(FrontProxyError) -> KeyFile? {
        guard let file = try OpenFile.open(name, in: folder, followingLinksOf: nil) else { return nil }
        let contents = try unsafe SecretBytes.reading(upTo: file.size + 1) {
            (buffer) throws(FrontProxyError) -> Int in try unsafe file.read(into: buffer)
        }
        return KeyFile(path: path ?? file.path, contents: contents, status: file.status, owners: owners)
    }

    /// - Parameter passphrase: asked, with the file's path, where the key is encrypted.
    /// - Throws: for a key that is not private, as `requirePrivate` says, that stays encrypted, or that is none.
    func key(passphrase: ((String) throws(FrontProxyError) -> SecretBytes)? = nil) throws(FrontProxyError) -> PrivateKey
    {
        try requirePrivate()
        do throws(OpenSSLError) { return try PrivateKey.read(pem: contents, passphrase: nil) } catch {
            guard error.needsPassphrase, passphrase != nil else { throw .crypto(path, error) }
        }
        let secret = try passphrase?(path)
        do throws(OpenSSLError) { return try PrivateKey.read(pem: contents, passphrase: secret) } catch {
            throw .crypto(path, error)
        }
    }

    /// Writes it once more, with its mode and owner, into a folder that nobody reads yet.
    ///
    /// - Returns: the SHA-256 of what was written, in hexadecimal digits.
    func copy(into folder: Folder, as name: String) throws(FrontProxyError) -> String {
        let file = DurableFile(
            folder: folder, name: name, mode: FilePermissions(rawValue: status.mode), owner: status.owner)
        return try unsafe contents.withBytes { (bytes) throws(FrontProxyError) in
            try unsafe file.writeDigested(bytes)
        }
    }

    /// Refuses a key that somebody else may read or has made: by its mode, through another name of the file, or as its
    /// owner.
    func requirePrivate() throws(FrontProxyError) {
        let quoted = ShellWord.quoted(path)
        if status.mode & 0o077 != 0 {
            throw FrontProxyError(
                "\(path) is a private key that others may read (mode \(String(status.mode, radix: 8)))",
                hint: "chmod 600 \(quoted)")
        }
        if status.names > 1 {
            throw FrontProxyError(
                "\(path) is a private key with \(status.names) names (hard links), each of which leads to it",
                hint: "find / -xdev -samefile \(quoted)   # remove the others")
        }
        try owners.require(status, path, Self.what)
    }
}

extension Folder {
    /// SHA-256 of a file, in hexadecimal digits, or of where a symbolic link leads; nil where nothing has that name.
    func digest(of name: String) throws(FrontProxyError) -> String? {
        func sha256(_ bytes: UnsafeRawBufferPointer) throws(FrontProxyError) -> String {
            do throws(OpenSSLError) { return try unsafe Digest.sha256(bytes) } catch {
                throw .crypto(path(of: name), error)
            }
        }
        if let target = try linkTarget(of: name) {
            let bytes = Array(target.utf8)
            return try unsafe bytes.span.withUnsafeBytes { (bytes) throws(FrontProxyError) -> String in
                try unsafe "link-" + sha256(bytes)
            }
        }
        guard let file = try KeyFile.read(name, in: self, owners: TrustedOwners()) else { return nil }
        return try unsafe file.contents.withBytes { (bytes) throws(FrontProxyError) -> String in
            try unsafe sha256(bytes)
        }
    }
}
