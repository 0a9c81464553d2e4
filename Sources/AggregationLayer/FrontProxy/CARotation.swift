// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import PKI

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
    public func rotationPhase() throws(FrontProxyError) -> RotationPhase { try inventory().rotation }

    /// The CA that the rotation moves to, once it has begun.
    public func nextCA() throws(FrontProxyError) -> Certificate? { try inventory().nextCA }

    /// How long kube-apiserver may go on with the client certificate that it had, in seconds from now: it reads the file
    /// again every minute (k8s.io/apiserver, dynamiccertificates.FileRefreshDuration); half a minute more for slow hosts.
    public func secondsUntilClientIsRead() throws(FrontProxyError) -> TimeInterval {
        guard let written = try inventory().clientFile?.status.written else { return 0 }
        // A time in the future is a clock's fault, and says nothing.
        return min(90, max(0, 90 - Date().timeIntervalSince(written)))
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
            let inventory = try inventory(journal)
            return try step(CARotation(inventory: inventory, journal: journal))
        }
    }
}

/// One step of a rotation over a folder.
struct CARotation {
    let inventory: FrontProxyInventory
    let journal: ChangeJournal
    let now = Date()

    var layout: FrontProxyLayout { inventory.layout }
    var paths: FrontProxyPaths { inventory.paths }

    func begin(_ options: RotationOptions) throws(FrontProxyError) -> FrontProxyReport {
        guard let client = inventory.clientCertificate, let ca = inventory.signingCA else {
            throw FrontProxyError(
                "there is no \(inventory.caFile == nil ? paths.caCertificate : paths.clientCertificate): nothing to rotate",
                hint: "kbootstrap certs front-proxy\(paths.options)   # makes the files")
        }
        if let nextCA = inventory.nextCA, inventory.trusts(nextCA) {
            return unchanged("the rotation to \(nextCA.subject) has begun already")
        }
        try inventory.checkClient(against: inventory.caCertificates, commonName: nil, now: nil)
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
        try check(next, from: options.nextCACertificate ?? paths.nextCACertificate, client: client)
        change.write([next], to: layout.nextCACertificateFile, owner: owner)
        // The one to be retired stands first: without its key, nothing else tells at the end which it was.
        change.write(
            [ca] + inventory.caCertificates.filter { $0 != ca } + [next], to: layout.caCertificateFile, owner: owner)
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
        guard inventory.rotation == .begun else {
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
        let key = try clientKeyFile.key()
        let renewed = try signer.renew(
            client, for: key, lifetime: options.lifetime, now: now, file: paths.clientCertificate)
        var change = FileChange("rotate-switch")
        change.write([renewed], to: layout.clientCertificateFile, owner: inventory.clientFile?.status.owner)
        try journal.carryOut(change)
        return FrontProxyReport(
            entries: [
                .init(paths.clientCertificate, renewed, .renewed), .init(paths.clientKey, nil, .kept),
                .init(paths.caCertificate, inventory.signingCA, .kept),
            ],
            notices: ["\(paths.clientCertificate) is now signed by \(nextCA.subject), for the same key"]
                + options.lifetime.clipping(renewed, to: nextCA, from: now))
    }

    func finish() throws(FrontProxyError) -> FrontProxyReport {
        guard let nextCA = inventory.nextCA else { return unchanged("no rotation goes on") }
        guard inventory.rotation == .switched else {
            throw FrontProxyError(
                "\(paths.clientCertificate) is still signed by the old CA: without it no backend would trust the client",
                hint: "kbootstrap certs rotate-ca switch\(paths.options)")
        }
        // Other CAs may be trusted beside the one that is retired: they stay.
        let others = inventory.caCertificates.filter { $0 != nextCA }
        let retired = (others.first { $0 == inventory.signingCA } ?? others.first).map { [$0] } ?? []
        let kept = others.filter { !retired.contains($0) }
        var change = FileChange("rotate-finish")
        change.write([nextCA] + kept, to: layout.caCertificateFile, owner: inventory.caFile?.status.owner)
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
                "no longer trusted: \(retired.map(\.subject).joined(separator: ", ")); "
                    + "the old files are kept for kbootstrap certs undo"
            ])
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
