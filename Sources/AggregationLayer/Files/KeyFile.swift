// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import Glibc
internal import PKI
internal import SystemPackage

/// A private key's file as it was found on disk, its bytes in memory that is wiped.
final class KeyFile {
    let path: String
    let contents: SecretBytes
    let status: FileStatus

    private init(path: String, contents: consuming SecretBytes, status: FileStatus) {
        self.path = path
        self.contents = contents
        self.status = status
    }

    /// Reads a regular file, and follows no link; nil where nothing has that name.
    static func read(_ path: String) throws(FrontProxyError) -> KeyFile? {
        guard let file = try OpenFile.open(path, followingLinks: false) else { return nil }
        let contents = try unsafe SecretBytes.reading(upTo: file.size + 1) {
            (buffer) throws(FrontProxyError) -> Int in try unsafe file.read(into: buffer)
        }
        return KeyFile(path: path, contents: contents, status: file.status)
    }

    /// SHA-256 of a file, in hexadecimal digits, or where a symbolic link leads; nil where nothing has that name.
    static func digest(of path: String) throws(FrontProxyError) -> String? {
        if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
            let bytes = Array(target.utf8)
            return try unsafe bytes.span.withUnsafeBytes { (bytes) throws(FrontProxyError) -> String in
                do throws(OpenSSLError) { return try unsafe "link-" + Digest.sha256(bytes) } catch {
                    throw .crypto(path, error)
                }
            }
        }
        guard let file = try read(path) else { return nil }
        return try unsafe file.contents.withBytes { (bytes) throws(FrontProxyError) -> String in
            do throws(OpenSSLError) { return try unsafe Digest.sha256(bytes) } catch { throw .crypto(path, error) }
        }
    }

    /// - Parameters:
    ///   - certificate: the file of the certificate that the key goes with, where there is one.
    ///   - passphrase: asked, with the file's path, where the key is encrypted.
    /// - Throws: for a key that is not private, as `requirePrivate` says, that stays encrypted, or that is none.
    func key(
        beside certificate: FoundFile?,
        passphrase: ((String) throws(FrontProxyError) -> SecretBytes)? = nil
    ) throws(FrontProxyError) -> PrivateKey {
        try requirePrivate(beside: certificate)
        do throws(OpenSSLError) { return try PrivateKey.read(pem: contents, passphrase: nil) } catch {
            guard error.needsPassphrase, passphrase != nil else { throw .crypto(path, error) }
        }
        let secret = try passphrase?(path)
        do throws(OpenSSLError) { return try PrivateKey.read(pem: contents, passphrase: secret) } catch {
            throw .crypto(path, error)
        }
    }

    /// Refuses a key that somebody else may read: by its mode, through another name of the file, or as its owner.
    func requirePrivate(beside certificate: FoundFile?) throws(FrontProxyError) {
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
        // With --owner key and certificate belong to the same user; a key alone in other hands is a stray one.
        let owners = [0, geteuid(), certificate?.status.owner.user]
        if !owners.contains(status.owner.user) {
            throw FrontProxyError(
                "\(path) is a private key that belongs to user \(status.owner.user), who is not the certificate's owner",
                hint: "chown \(certificate?.status.owner.user ?? geteuid()) \(quoted)   # if the key is still a secret")
        }
    }
}
