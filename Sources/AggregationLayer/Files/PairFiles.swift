// SPDX-License-Identifier: Apache-2.0

internal import Core
public import FoundationEssentials
internal import Glibc
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

    /// - Parameters:
    ///   - certificate: the certificate's file name.
    ///   - key: the key's.
    public init(directory: String, certificate: String, key: String) {
        self.directory = directory
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
        if !dryRun { try removeLeftovers() }
        let found = try FoundFile.read(certificatePath)
        let keyFile = try KeyFile.read(keyPath)
        guard let found else {
            return (try make(profile, signer, algorithm, keyFile, dryRun), dryRun ? .wouldCreate : .created)
        }
        let present = try FrontProxyInventory.certificates(found)[0]
        guard let keyFile else {
            throw FrontProxyError(
                "\(certificatePath) is there without its key \(keyPath)",
                hint: "put the key back, or: mv \(ShellWord.quoted(certificatePath)) "
                    + ShellWord.quoted(certificatePath + ".old"))
        }
        let key = try keyFile.key(beside: found)
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
        guard !dryRun else { return (renewed, .wouldRenew) }
        try replace(renewed, owner: found.status.owner)
        return (renewed, .renewed)
    }

    private func make(
        _ profile: CertificateProfile, _ signer: borrowing OutsideSigner, _ algorithm: KeyAlgorithm,
        _ keyFile: KeyFile?, _ dryRun: Bool
    ) throws(FrontProxyError) -> Certificate {
        // A run that was cut short left the key: its certificate is made now.
        let key =
            if let keyFile { try keyFile.key(beside: nil) } else { try PrivateKey.generated(algorithm, for: keyPath) }
        let certificate = try signer.issue(profile, for: key, file: certificatePath)
        guard !dryRun else { return certificate }
        try makeFolder()
        if keyFile == nil {
            let pem = try key.encoded(for: keyPath)
            let file = DurableFile(path: keyPath, mode: .ownerReadWrite, owner: nil)
            try unsafe pem.withBytes { (bytes) throws(FrontProxyError) in try unsafe file.create(bytes) }
        }
        let text = Array(certificate.pem.utf8)
        let file = DurableFile(path: certificatePath, mode: Self.readable, owner: nil)
        try unsafe text.span.withUnsafeBytes { (bytes) throws(FrontProxyError) in try unsafe file.create(bytes) }
        return certificate
    }

    private static let readable: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]

    /// rename is one call: each moment has one certificate or the other, both of the same key.
    private func replace(_ certificate: Certificate, owner: FileOwner) throws(FrontProxyError) {
        let temporary = "\(directory)/.\(Self.name(certificatePath)).\(certificate.serial).tmp"
        let text = Array(certificate.pem.utf8)
        let file = DurableFile(path: temporary, mode: Self.readable, owner: owner)
        do throws(FrontProxyError) {
            try unsafe text.span.withUnsafeBytes { (bytes) throws(FrontProxyError) in
                try unsafe file.write(bytes, as: temporary)
            }
            guard unsafe rename(temporary, certificatePath) == 0 else {
                throw .system("replace", certificatePath, Errno(rawValue: Glibc.errno))
            }
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
        try DurableFile.syncDirectory(directory)
    }

    /// What a killed run has left, a key perhaps; whoever writes holds the folder's lock.
    private func removeLeftovers() throws(FrontProxyError) {
        try DurableFile.removeLeftovers(of: [Self.name(certificatePath), Self.name(keyPath)], in: directory)
    }

    private static func name(_ path: String) -> String { FilePath(path).lastComponent?.string ?? path }

    private func makeFolder() throws(FrontProxyError) {
        guard unsafe mkdir(directory, 0o700) != 0 else {
            return try DurableFile.syncDirectory(FilePath(directory).removingLastComponent().string)
        }
        let reason = Errno(rawValue: Glibc.errno)
        var found = stat()
        guard reason == .fileExists, unsafe lstat(directory, &found) == 0, found.st_mode & S_IFMT == S_IFDIR else {
            throw .system("make the folder", directory, reason)
        }
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
    private var lock: DirectoryLock?

    /// - Parameter notice: told that another run is waited for.
    public init(_ path: String, notice: (String) -> Void) throws(FrontProxyError) {
        lock = try DirectoryLock.acquire(path, creating: true, notice: notice)
    }

    public func release() { lock = nil }
}
