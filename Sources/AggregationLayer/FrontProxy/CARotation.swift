// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import PKI

/// How far the rotation of a folder's CA has come, as its files tell.
public enum RotationPhase: String, Sendable, Codable {
    /// No rotation goes on.
    case none
    /// The CA file trusts the next CA too; the client certificate is still the old one's.
    case begun
    /// The client certificate is signed by the next CA; the old one is still trusted.
    case switched
}

/// What a rotation works with.
public struct RotationOptions: Sendable {
    /// Of the next CA's key; nil for the present one's algorithm, or ECDSA P-256 where that is none of ours.
    public var keyAlgorithm: KeyAlgorithm?
    public var caLifetime: Lifetime
    /// Of the client certificate that the next CA signs.
    public var lifetime: Lifetime
    /// Path of the next CA's certificate, for one that is kept elsewhere; nil to make one here.
    public var nextCACertificate: String?
    /// The next CA with its key, to sign the client certificate; nil for the one that was made here.
    public var outsideCA: OutsideCA?

    public init(
        keyAlgorithm: KeyAlgorithm? = nil, caLifetime: Lifetime = .days(3650), lifetime: Lifetime = .days(365),
        nextCACertificate: String? = nil, outsideCA: OutsideCA? = nil
    ) {
        self.keyAlgorithm = keyAlgorithm
        self.caLifetime = caLifetime
        self.lifetime = lifetime
        self.nextCACertificate = nextCACertificate
        self.outsideCA = outsideCA
    }
}

extension FrontProxyInventory {
    func rotation(at now: Date) -> RotationPhase {
        guard let nextCA else { return .none }
        guard let client = clientCertificate else { return .begun }
        let verdict = try? verifyChain(
            client, intermediates: Array(clientChain.dropFirst()), anchors: [nextCA], purpose: .client, at: now)
        return verdict == .trusted ? .switched : .begun
    }
}

/// The rotation of a CA by overlap. Each step is one journalled change, may be done twice, and can be taken back.
///
/// ```
/// begin    next CA made; trusted = old + next          client signed by old
/// switch   trusted = old + next                        client signed by next
/// finish   next CA takes the old one's name; trusted = next only
/// ```
/// Between the steps every kube-apiserver, and every aggregated server, must have seen the new files: `begin` before
/// `switch`, or the new client certificate is refused; `switch` before `finish`, or the old one is.
extension FrontProxyStore {
    public func rotationPhase() throws(FrontProxyError) -> RotationPhase { try inventory().rotation(at: Date()) }

    /// The CA that the rotation moves to, once it has begun.
    public func nextCA() throws(FrontProxyError) -> Certificate? { try inventory().nextCA }

    /// How long kube-apiserver may go on with the client certificate that it had, in seconds from now: it reads the file
    /// again every minute (k8s.io/apiserver, dynamiccertificates.FileRefreshDuration); half a minute more for slow hosts.
    public func secondsUntilClientIsRead() throws(FrontProxyError) -> TimeInterval {
        guard let written = try inventory().clientFile?.status.written else { return 0 }
        return max(0, 90 - Date().timeIntervalSince(written))
    }

    public func beginRotation(_ options: RotationOptions) throws(FrontProxyError) -> FrontProxyReport {
        try rotating { (rotation) throws(FrontProxyError) in try rotation.begin(options) }
    }

    public func switchRotation(_ options: RotationOptions) throws(FrontProxyError) -> FrontProxyReport {
        try rotating { (rotation) throws(FrontProxyError) in try rotation.switchOver(options) }
    }

    public func finishRotation() throws(FrontProxyError) -> FrontProxyReport {
        try rotating { (rotation) throws(FrontProxyError) in try rotation.finish() }
    }

    private func rotating(
        _ step: (CARotation) throws(FrontProxyError) -> FrontProxyReport
    ) throws(FrontProxyError) -> FrontProxyReport {
        try locked { (journal) throws(FrontProxyError) in
            let inventory = try FrontProxyInventory.read(layout, in: directory)
            return try step(CARotation(inventory: inventory, journal: journal))
        }
    }
}

/// One step of a rotation over a folder.
struct CARotation {
    let inventory: FrontProxyInventory
    let journal: ChangeJournal
    let now = Date()

    private var layout: FrontProxyLayout { inventory.layout }
    private var paths: FrontProxyPaths { inventory.paths }

    func begin(_ options: RotationOptions) throws(FrontProxyError) -> FrontProxyReport {
        guard let client = inventory.clientCertificate, let ca = inventory.signingCA else {
            throw FrontProxyError(
                "there is no \(inventory.caFile == nil ? paths.caCertificate : paths.clientCertificate): nothing to rotate",
                hint: "kbootstrap certs front-proxy\(paths.options)   # makes the files")
        }
        if let nextCA = inventory.nextCA, inventory.trusts(nextCA) {
            return unchanged("the rotation to \(nextCA.subject) has begun already")
        }
        try inventory.checkClient(against: inventory.caCertificates, commonName: nil, now: now)
        let owner = inventory.caFile?.status.owner
        var change = FileChange("rotate-begin")
        let next: Certificate
        if let present = inventory.nextCA {
            next = present
        } else if let file = options.nextCACertificate {
            next = try outsideCertificate(file)
        } else {
            next = try made(options, after: ca, client: client, into: &change, owner: owner)
        }
        change.write([next], to: layout.nextCACertificateFile, owner: owner)
        change.write(inventory.caCertificates + [next], to: layout.caCertificateFile, owner: owner)
        try journal.carryOut(change)
        var entries: [FrontProxyReport.Entry] = [
            .init(paths.nextCACertificate, next, .created),
            .init(paths.caCertificate, ca, .replaced),
            .init(paths.clientCertificate, client, .kept),
        ]
        if change.touches(layout.nextCAKeyFile) { entries.insert(.init(paths.nextCAKey, nil, .created), at: 1) }
        return FrontProxyReport(
            entries: entries,
            notices: [
                "\(paths.caCertificate) now holds the CA that signs (\(ca.subject)) and the next one (\(next.subject))"
            ])
    }

    func switchOver(_ options: RotationOptions) throws(FrontProxyError) -> FrontProxyReport {
        guard let client = inventory.clientCertificate, let nextCA = inventory.nextCA else { throw notBegun() }
        guard inventory.rotation(at: now) == .begun else {
            return unchanged("\(paths.clientCertificate) is signed by \(nextCA.subject) already")
        }
        guard inventory.trusts(nextCA) else {
            throw FrontProxyError(
                "\(paths.caCertificate) does not hold the next CA \(nextCA.subject): nobody would trust what it signs",
                hint: "kbootstrap certs rotate-ca begin\(paths.options)")
        }
        guard let clientKeyFile = inventory.clientKeyFile else {
            throw FrontProxyError("the key \(paths.clientKey) is not there", hint: nil)
        }
        let signer = try signer(nextCA, options)
        let key = try clientKeyFile.key(beside: inventory.clientFile)
        let renewed = try signer.renew(
            client, for: key, lifetime: options.lifetime, now: now, file: paths.clientCertificate)
        var change = FileChange("rotate-switch")
        change.write([renewed], to: layout.clientCertificateFile, owner: inventory.clientFile?.status.owner)
        try journal.carryOut(change)
        return FrontProxyReport(
            entries: [
                .init(paths.clientCertificate, renewed, .renewed), .init(paths.clientKey, nil, .kept),
                .init(paths.caCertificate, inventory.signingCA, .kept),
            ], notices: ["\(paths.clientCertificate) is now signed by \(nextCA.subject), for the same key"])
    }

    func finish() throws(FrontProxyError) -> FrontProxyReport {
        guard let nextCA = inventory.nextCA else { return unchanged("no rotation goes on") }
        guard inventory.rotation(at: now) == .switched else {
            throw FrontProxyError(
                "\(paths.clientCertificate) is still signed by the old CA: without it no backend would trust the client",
                hint: "kbootstrap certs rotate-ca switch\(paths.options)")
        }
        let gone = inventory.caCertificates.filter { $0.fingerprint != nextCA.fingerprint }
        var change = FileChange("rotate-finish")
        change.write([nextCA], to: layout.caCertificateFile, owner: inventory.caFile?.status.owner)
        change.remove(layout.nextCACertificateFile)
        if inventory.nextCAKeyFile != nil {
            change.move(layout.nextCAKeyFile, to: layout.caKeyFile)
        } else if inventory.caKeyFile != nil {
            change.remove(layout.caKeyFile)
        }
        try journal.carryOut(change)
        var entries: [FrontProxyReport.Entry] = [.init(paths.caCertificate, nextCA, .replaced)]
        if inventory.nextCAKeyFile != nil || inventory.caKeyFile != nil {
            entries.append(.init(paths.caKey, nil, inventory.nextCAKeyFile == nil ? .removed : .replaced))
        }
        entries.append(.init(paths.clientCertificate, inventory.clientCertificate, .kept))
        return FrontProxyReport(
            entries: entries,
            notices: [
                "no longer trusted: \(gone.map(\.subject).joined(separator: ", ")); "
                    + "the old files are kept for kbootstrap certs undo"
            ])
    }

    // MARK: Parts

    private func made(
        _ options: RotationOptions, after ca: Certificate, client: Certificate, into change: inout FileChange,
        owner: FileOwner?
    ) throws(FrontProxyError) -> Certificate {
        let algorithm =
            options.keyAlgorithm ?? KeyAlgorithm.allCases.first { $0.displayName == ca.keyAlgorithm } ?? .ecdsaP256
        var profile = CertificateProfile(
            commonName: name(after: ca, client: client), purpose: .authority, days: 1, now: now)
        profile.notAfter = options.caLifetime.end(from: now)
        do throws(OpenSSLError) {
            let key = try PrivateKey.generate(algorithm)
            try change.write(key, to: layout.nextCAKeyFile, owner: inventory.caKeyFile?.status.owner ?? owner)
            return try CertificateAuthority.create(profile, key: key).certificate
        } catch { throw .crypto(paths.nextCACertificate, error) }
    }

    /// The present name with the day behind it, so that logs that name a CA tell the two apart.
    private func name(after ca: Certificate, client: Certificate) -> String {
        let day = now.formatted(.iso8601.year().month().day().dateSeparator(.omitted))
        var base = ca.commonName ?? layout.caCommonName
        if let dash = base.lastIndex(of: "-"), base[base.index(after: dash)...].count == 8,
            base[base.index(after: dash)...].allSatisfy(\.isNumber)
        {
            base = String(base[..<dash])
        }
        let taken = Set((inventory.caCertificates + [client]).compactMap(\.commonName))
        let plain = "\(base.prefix(50))-\(day)"
        return taken.contains(plain)
            ? (2...99).lazy.map { "\(plain)-\($0)" }.first { !taken.contains($0) } ?? plain : plain
    }

    private func outsideCertificate(_ path: String) throws(FrontProxyError) -> Certificate {
        guard let file = try FoundFile.read(path) else {
            throw FrontProxyError("there is no file \(path)", hint: "check --ca-cert")
        }
        let certificate = try FrontProxyInventory.certificates(file)[0]
        guard certificate.isCertificateAuthority else {
            throw FrontProxyError("\(path) is not a CA (\(certificate.subject))", hint: "check --ca-cert")
        }
        guard certificate.notAfter > now else {
            throw FrontProxyError(
                "\(path) expired on \(certificate.notAfter.formatted(.iso8601))", hint: "check --ca-cert")
        }
        return certificate
    }

    private func signer(_ nextCA: Certificate, _ options: RotationOptions) throws(FrontProxyError) -> FrontProxySigner {
        if let outside = options.outsideCA {
            let signer = try FrontProxySigner.outside(outside, now: now)
            guard signer.authority.certificate.publicKeyFingerprint == nextCA.publicKeyFingerprint else {
                throw FrontProxyError(
                    "\(outside.certificate) is not the next CA \(nextCA.subject) of this rotation",
                    hint: "check --ca-cert and --ca-key")
            }
            return signer
        }
        guard let keyFile = inventory.nextCAKeyFile else {
            throw FrontProxyError(
                "the key of the next CA is not here (\(paths.nextCAKey))",
                hint: "kbootstrap certs rotate-ca switch\(paths.options) --ca-cert FILE --ca-key FILE")
        }
        return try FrontProxySigner.adopt(
            nextCA, try keyFile.key(beside: inventory.nextCAFile), file: paths.nextCACertificate, now: now)
    }

    private func notBegun() -> FrontProxyError {
        FrontProxyError(
            "no rotation has begun: there is no \(paths.nextCACertificate)",
            hint: "kbootstrap certs rotate-ca begin\(paths.options)")
    }

    private func unchanged(_ why: String) -> FrontProxyReport {
        FrontProxyReport(
            entries: [
                .init(paths.caCertificate, inventory.signingCA, .kept),
                .init(paths.clientCertificate, inventory.clientCertificate, .kept),
            ], notices: ["unchanged: \(why)"])
    }
}
