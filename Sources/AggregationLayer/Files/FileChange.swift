// SPDX-License-Identifier: Apache-2.0

internal import PKI
internal import SystemPackage

/// What files of a folder are to become, as one change.
struct FileChange {
    /// What the change is called where it is kept, such as `renew`.
    let operation: String
    private var files: [String: Content] = [:]

    init(_ operation: String) { self.operation = operation }

    private enum Content {
        case certificates([UInt8], FileOwner?)
        case key(SecretFile, FileOwner?)
        /// What another file of the same folder holds.
        case same(as: String)
        case removal
    }

    /// A PEM file that everybody may read.
    mutating func write(_ certificates: [Certificate], to name: String, owner: FileOwner?) {
        files[name] = .certificates(Array(certificates.map(\.pem).joined().utf8), owner)
    }

    /// A key, which only its owner may read.
    mutating func write(_ key: borrowing PrivateKey, to name: String, owner: FileOwner?) throws(OpenSSLError) {
        files[name] = .key(SecretFile(try key.pem()), owner)
    }

    /// What the file `source` holds goes to `name`, and `source` goes away.
    mutating func move(_ source: String, to name: String) {
        files[name] = .same(as: source)
        files[source] = .removal
    }

    mutating func remove(_ name: String) { files[name] = .removal }

    func touches(_ name: String) -> Bool { files[name] != nil }

    /// Writes the file as it is to be into the folder `staging`.
    ///
    /// - Returns: the SHA-256 of what was written, in hexadecimal digits; nil for a file that is to go.
    func write(_ name: String, from folder: Folder, into staging: Folder) throws(FrontProxyError) -> String? {
        switch files[name] {
        case .certificates(let bytes, let owner):
            let file = DurableFile(
                folder: staging, name: name, mode: [.ownerReadWrite, .groupRead, .otherRead], owner: owner)
            return try unsafe bytes.span.withUnsafeBytes { (bytes) throws(FrontProxyError) in
                try unsafe file.writeDigested(bytes)
            }
        case .key(let secret, let owner):
            let file = DurableFile(folder: staging, name: name, mode: .ownerReadWrite, owner: owner)
            return try unsafe secret.contents.withBytes { (bytes) throws(FrontProxyError) in
                try unsafe file.writeDigested(bytes)
            }
        case .same(let source):
            guard let found = try KeyFile.read(source, in: folder, owners: TrustedOwners()) else {
                throw FrontProxyError("\(folder.path(of: source)) has gone meanwhile", hint: nil)
            }
            // A copy: a second name of the same file would let whoever has the first one read a key.
            return try found.copy(into: staging, as: name)
        case .removal, nil:
            return nil
        }
    }
}

extension DurableFile {
    /// Writes the bytes as `write` does.
    ///
    /// - Returns: their SHA-256, in hexadecimal digits.
    func writeDigested(_ bytes: UnsafeRawBufferPointer) throws(FrontProxyError) -> String {
        try unsafe write(bytes)
        do throws(OpenSSLError) { return try unsafe Digest.sha256(bytes) } catch { throw .crypto(path, error) }
    }
}

/// A secret that several values may hold: it is wiped with the last of them.
final class SecretFile {
    let contents: SecretBytes

    init(_ contents: consuming SecretBytes) { self.contents = contents }
}
