// SPDX-License-Identifier: Apache-2.0

internal import Core
public import FoundationEssentials
public import PKI
internal import SystemPackage

/// A certificate with its key in a folder of their own, written as front-proxy files are: whole or not at all, the key
/// before the certificate, and no key ever replaced.
public struct PairFiles: Sendable {
    public enum Outcome: String, Sendable, Codable {
        case created
        case kept
        /// Another certificate for the same key.
        case renewed
        case wouldCreate = "would create"
        case wouldRenew = "would renew"
    }

    /// Full path of the folder, which is made where it is missing; only its owner may look into it.
    public let directory: String
    public let certificatePath: String
    public let keyPath: String
    private let certificate: String
    private let key: String

    /// - Parameters:
    ///   - certificate: the certificate's file name.
    ///   - key: the key's.
    public init(directory: String, certificate: String, key: String) {
        self.directory = directory
        self.certificate = certificate
        self.key = key
        certificatePath = "\(directory)/\(certificate)"
        keyPath = "\(directory)/\(key)"
    }

    /// Keeps what is there and fits, and makes what is missing.
    ///
    /// - Parameters:
    ///   - objection: what speaks against a certificate that is there; nil where it may stay.
    ///   - renews: make another certificate in any case, for the key that is there.
    ///   - isDue: whether the one that is there is to be renewed, whatever speaks against it.
    ///   - dryRun: say what would be done, and do nothing.
    /// - Throws: with nothing changed, where the two do not belong together, or one that is there is not what is needed.
    public func ensure(
        _ profile: CertificateProfile, signedBy signer: borrowing OutsideSigner, algorithm: KeyAlgorithm, renews: Bool,
        dryRun: Bool, isDue: (Certificate) -> Bool = { _ in false }, objection: (Certificate) -> String?
    ) throws(FrontProxyError) -> (certificate: Certificate, outcome: Outcome) {
        let owners = TrustedOwners()
        if !dryRun { try makeFolder() }
        let folder = try Folder.open(directory)
        if let folder {
            try owners.require(folder.status, directory)
            // What a killed run has left, a key perhaps; whoever writes holds the lock of the folder above.
            if !dryRun { try DurableFile.removeLeftovers(of: [certificate, self.key], in: folder) }
        }
        let found = try folder.flatMap { (folder) throws(FrontProxyError) in
            try FoundFile.read(certificate, in: folder, followingLinksOf: owners)
        }
        let keyFile = try folder.flatMap { (folder) throws(FrontProxyError) in
            try KeyFile.read(self.key, in: folder, owners: owners)
        }
        guard let found else {
            let made = try make(profile, signer, algorithm, keyFile, in: dryRun ? nil : folder)
            return (made, dryRun ? .wouldCreate : .created)
        }
        try owners.require(found.status, certificatePath)
        let present = try FrontProxyInventory.certificates(found)[0]
        guard let keyFile else {
            throw FrontProxyError(
                "\(certificatePath) is there without its key \(keyPath)",
                hint: "put the key back, or: mv \(ShellWord.quoted(certificatePath)) "
                    + ShellWord.quoted(certificatePath + ".old"))
        }
        let key = try keyFile.key()
        guard (try? present.matches(key)) == true else {
            throw FrontProxyError(
                "\(keyPath) is not the key of \(certificatePath)",
                hint: "put back the two that belong together, or: mv \(ShellWord.quoted(directory)) "
                    + ShellWord.quoted(directory + ".old"))
        }
        guard renews || isDue(present) else {
            if let objection = objection(present) {
                throw FrontProxyError("\(certificatePath) \(objection)", hint: "the same with --renew")
            }
            return (present, .kept)
        }
        let renewed = try signer.issue(profile, for: key, file: certificatePath)
        guard !dryRun, let folder else { return (renewed, .wouldRenew) }
        try replace(renewed, in: folder, owner: found.status.owner)
        return (renewed, .renewed)
    }

    /// - Parameter folder: nil to write nothing.
    private func make(
        _ profile: CertificateProfile, _ signer: borrowing OutsideSigner, _ algorithm: KeyAlgorithm,
        _ keyFile: KeyFile?, in folder: Folder?
    ) throws(FrontProxyError) -> Certificate {
        // A run that was cut short left the key: its certificate is made now.
        let key = if let keyFile { try keyFile.key() } else { try PrivateKey.generated(algorithm, for: keyPath) }
        let certificate = try signer.issue(profile, for: key, file: certificatePath)
        guard let folder else { return certificate }
        if keyFile == nil {
            let pem = try key.encoded(for: keyPath)
            let file = DurableFile(folder: folder, name: self.key, mode: .ownerReadWrite, owner: nil)
            try unsafe pem.withBytes { (bytes) throws(FrontProxyError) in try unsafe file.create(bytes) }
        }
        let text = Array(certificate.pem.utf8)
        let file = DurableFile(folder: folder, name: self.certificate, mode: Self.readable, owner: nil)
        try unsafe text.span.withUnsafeBytes { (bytes) throws(FrontProxyError) in try unsafe file.create(bytes) }
        return certificate
    }

    private static let readable: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]

    /// Each moment has one certificate or the other, both of the same key.
    private func replace(
        _ certificate: Certificate, in folder: Folder, owner: FileOwner
    ) throws(FrontProxyError) {
        let text = Array(certificate.pem.utf8)
        let file = DurableFile(folder: folder, name: self.certificate, mode: Self.readable, owner: owner)
        try unsafe text.span.withUnsafeBytes { (bytes) throws(FrontProxyError) in try unsafe file.replace(with: bytes) }
    }

    private func makeFolder() throws(FrontProxyError) {
        guard let (parent, name) = try Folder.holding(directory) else {
            throw .system("make the folder", directory, .noSuchFileOrDirectory)
        }
        guard try parent.status(of: name) == nil else { return }
        try parent.makeFolder(name)
        try parent.sync()
    }
}

/// A CA that is kept elsewhere, ready to sign.
public struct OutsideSigner: ~Copyable {
    private let signer: FrontProxySigner
    public var certificate: Certificate { signer.authority.certificate }

    /// - Throws: where a file cannot be read, is no CA, has ended, or the key is not the certificate's.
    public init(_ ca: OutsideCA, now: Date = Date()) throws(FrontProxyError) {
        signer = try FrontProxySigner.outside(ca, now: now)
    }

    func issue(
        _ profile: CertificateProfile, for key: borrowing PrivateKey, file: String
    ) throws(FrontProxyError) -> Certificate {
        do throws(OpenSSLError) { return try signer.authority.issue(profile, for: key) } catch {
            throw .crypto(file, error)
        }
    }
}

/// Holds a folder, which is made where it is missing, against another run.
public final class FolderLock {
    private var lock: FileLock?

    /// - Parameters:
    ///   - limit: how long another run is waited for.
    ///   - notice: told that another run is waited for.
    /// - Throws: for a folder that somebody else could write into, and where another run goes on for too long.
    public init(
        _ path: String, atMost limit: Duration = .seconds(60), notice: (String) -> Void
    ) throws(FrontProxyError) {
        lock = try FileLock.exclusive(in: Folder.made(path), of: path, atMost: limit, notice: notice)
    }

    public func release() { lock = nil }
}
