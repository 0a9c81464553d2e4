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
        let reading = try reading { () throws(FrontProxyError) in
            StatusReading(layout: layout, paths: FrontProxyPaths(layout: layout, directory: directory))
        }
        return StatusJudgement(reading: reading, settings: options, clientCAs: clientCAs, now: Date())
            .status(directory: directory)
    }
}

/// The files of a folder, each with what could be read of it and why the rest could not.
struct StatusReading {
    let layout: FrontProxyLayout
    let paths: FrontProxyPaths
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

        init(_ path: String) {
            self.path = path
            do throws(FrontProxyError) {
                file = try FoundFile.read(path)
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

        /// - Parameter certificate: the file of the certificate that the key goes with.
        init(_ path: String, beside certificate: Certificates?) {
            self.path = path
            do throws(FrontProxyError) {
                guard let file = try KeyFile.read(path) else { return }
                status = file.status
                fingerprint = try Self.fingerprint(file)
                try file.requirePrivate(beside: certificate?.file)
            } catch { self.error = error }
        }

        private static func fingerprint(_ file: KeyFile) throws(FrontProxyError) -> [UInt8] {
            do throws(OpenSSLError) {
                return try PrivateKey.read(pem: file.contents, passphrase: nil).publicKeyFingerprint()
            } catch { throw .crypto(file.path, error) }
        }
    }

    init(layout: FrontProxyLayout, paths: FrontProxyPaths) {
        self.layout = layout
        self.paths = paths
        ca = Certificates(paths.caCertificate)
        client = Certificates(paths.clientCertificate)
        nextCA = Certificates(paths.nextCACertificate)
        caKey = Key(paths.caKey, beside: ca)
        clientKey = Key(paths.clientKey, beside: client)
        nextCAKey = Key(paths.nextCAKey, beside: nextCA)
        nextClientKey = Key(paths.nextClientKey, beside: client)
    }

    var rotation: RotationPhase {
        RotationPhase(client: client.certificates, next: nextCA.certificates.first)
    }
}
