// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
internal import PKI

/// What the look at a folder goes by.
public struct StatusOptions: Sendable {
    /// Warn of what ends sooner than in so many seconds.
    public var warnWithin: TimeInterval
    /// Path of the CA that kube-apiserver trusts for its own callers, where it is to be compared.
    public var clientCA: String?

    public init(warnWithin: TimeInterval = 30 * 86400, clientCA: String? = nil) {
        self.warnWithin = warnWithin
        self.clientCA = clientCA
    }
}

extension FrontProxyStore {
    /// Looks at every file, and goes on where one cannot be read.
    ///
    /// - Throws: where an interrupted change cannot be ended, or the file of `options.clientCA` cannot be read.
    public func status(_ options: StatusOptions = StatusOptions()) throws(FrontProxyError) -> FrontProxyStatus {
        var clientCAs: [Certificate] = []
        if let path = options.clientCA {
            guard let file = try FoundFile.read(path) else {
                throw FrontProxyError("there is no file \(path)", hint: "check --client-ca")
            }
            clientCAs = try FrontProxyInventory.certificates(file)
        }
        let reading = try reading(requiringTrust: false) { (folder) throws(FrontProxyError) in
            StatusReading(layout: layout, of: directory, in: folder)
        }
        return StatusJudgement(reading: reading, settings: options, clientCAs: clientCAs, now: Date())
            .status(directory: directory)
    }
}

/// The files of a folder, each with what could be read of it and why the rest could not.
struct StatusReading {
    let layout: FrontProxyLayout
    let paths: FrontProxyPaths
    /// What speaks against trusting the folder and its journal, each with its path.
    let doubts: [(path: String, distrust: Distrust)]
    let ca: Certificates
    let client: Certificates
    let nextCA: Certificates
    let caKey: Key
    let clientKey: Key
    let nextCAKey: Key
    let nextClientKey: Key

    struct Certificates {
        let path: String
        var file: FoundFile?
        var certificates: [Certificate] = []
        var error: FrontProxyError?
        /// What speaks against trusting it.
        var distrust: Distrust?

        init(_ path: String, _ name: String, in folder: KeyFolder?) {
            self.path = path
            guard let folder else { return }
            do throws(FrontProxyError) {
                file = try FoundFile.read(name, in: folder.folder, followingLinksOf: folder.owners)
                distrust = file.flatMap { folder.owners.distrust(of: $0.status, path) }
                certificates = try file.map(FrontProxyInventory.certificates) ?? []
            } catch { self.error = error }
        }
    }

    struct Key {
        let path: String
        var status: FileStatus?
        /// SHA-256 of the public half.
        var fingerprint: [UInt8]?
        var error: FrontProxyError?
        /// What speaks against trusting it.
        var distrust: Distrust?

        init(_ path: String, _ name: String, in folder: KeyFolder?) {
            self.path = path
            guard let folder else { return }
            do throws(FrontProxyError) {
                guard let file = try KeyFile.read(name, in: folder.folder, owners: folder.owners) else { return }
                status = file.status
                fingerprint = try Self.fingerprint(file)
                guard folder.owners.contains(file.status.owner) else {
                    distrust = folder.owners.distrust(of: file.status, path, KeyFile.what)
                    return
                }
                try file.requirePrivate()
            } catch { self.error = error }
        }

        private static func fingerprint(_ file: KeyFile) throws(FrontProxyError) -> [UInt8] {
            do throws(OpenSSLError) {
                return try PrivateKey.read(pem: file.contents, passphrase: nil).publicKeyFingerprint()
            } catch { throw .crypto(file.path, error) }
        }
    }

    /// - Parameter folder: nil where there is none, and so no file.
    init(layout: FrontProxyLayout, of directory: String, in folder: KeyFolder?) {
        let paths = FrontProxyPaths(layout: layout, directory: directory)
        self.layout = layout
        self.paths = paths
        doubts = folder?.distrusts ?? []
        ca = Certificates(paths.caCertificate, layout.caCertificateFile, in: folder)
        client = Certificates(paths.clientCertificate, layout.clientCertificateFile, in: folder)
        nextCA = Certificates(paths.nextCACertificate, layout.nextCACertificateFile, in: folder)
        caKey = Key(paths.caKey, layout.caKeyFile, in: folder)
        clientKey = Key(paths.clientKey, layout.clientKeyFile, in: folder)
        nextCAKey = Key(paths.nextCAKey, layout.nextCAKeyFile, in: folder)
        nextClientKey = Key(paths.nextClientKey, layout.nextClientKeyFile, in: folder)
    }

    var rotation: RotationPhase {
        RotationPhase(client: client.certificates, next: nextCA.certificates.first)
    }
}
