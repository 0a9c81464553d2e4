// SPDX-License-Identifier: Apache-2.0

internal import Core
public import FoundationEssentials
public import PKI

/// How the client certificate is to be renewed.
public struct RenewalOptions: Sendable {
    public var lifetime: Lifetime
    /// Make a new key too. Without it each moment of the renewal leaves a pair that matches.
    public var newKey: Bool
    /// Of a new key; nil for the old one's algorithm, or ECDSA P-256 where that is none of ours.
    public var keyAlgorithm: KeyAlgorithm?
    /// Renew only what ends sooner than in so many seconds; nil to renew in any case.
    public var within: TimeInterval?
    /// A CA that is kept elsewhere; nil for the folder's own.
    public var outsideCA: OutsideCA?
    /// Say what would be done, and do nothing.
    public var dryRun: Bool

    public init(
        lifetime: Lifetime = .days(365), newKey: Bool = false, keyAlgorithm: KeyAlgorithm? = nil,
        within: TimeInterval? = nil, outsideCA: OutsideCA? = nil, dryRun: Bool = false
    ) {
        self.lifetime = lifetime
        self.newKey = newKey
        self.keyAlgorithm = keyAlgorithm
        self.within = within
        self.outsideCA = outsideCA
        self.dryRun = dryRun
    }
}

extension FrontProxyStore {
    /// Replaces the client certificate by one with the same subject, usages and names, signed by the same CA.
    ///
    /// - Throws: with nothing changed, where the CA is expired, is none, or does not fit its key.
    public func renew(_ options: RenewalOptions) throws(FrontProxyError) -> FrontProxyReport {
        guard !options.dryRun else {
            return try FrontProxyRenewal(inventory: try inventory(), options: options).report(journal: nil)
        }
        return try locked { (journal) throws(FrontProxyError) in
            let inventory = try inventory(journal)
            return try FrontProxyRenewal(inventory: inventory, options: options).report(journal: journal)
        }
    }
}

/// One renewal over a folder.
struct FrontProxyRenewal {
    let inventory: FrontProxyInventory
    let options: RenewalOptions
    let now = Date()

    private var paths: FrontProxyPaths { inventory.paths }

    /// - Parameter journal: nil to write nothing.
    func report(journal: ChangeJournal?) throws(FrontProxyError) -> FrontProxyReport {
        guard let old = inventory.clientCertificate else {
            throw FrontProxyError(
                "there is no \(paths.clientCertificate) to renew",
                hint: "kbootstrap certs front-proxy\(paths.options)   # makes it")
        }
        if let within = options.within, old.notAfter > now.addingTimeInterval(within) {
            return FrontProxyReport(
                entries: [.init(paths.clientCertificate, old, .kept)],
                notices: [
                    "unchanged: it is valid for another \(Residual(old.notAfter, at: now)), which is longer than asked for"
                ])
        }
        let signer = try signer(for: old)
        let key = try key(old)
        let renewed = try signer.renew(
            old, for: key, lifetime: options.lifetime, now: now, file: paths.clientCertificate)
        let chain = try chain(renewed, signedBy: signer.authority.certificate)
        if let journal {
            var change = FileChange("renew")
            let owner = inventory.clientFile?.status.owner
            change.write(chain, to: inventory.layout.clientCertificateFile, owner: owner)
            if options.newKey {
                do throws(OpenSSLError) {
                    try change.write(
                        key, to: inventory.layout.clientKeyFile,
                        owner: inventory.clientKeyFile?.status.owner ?? owner)
                } catch { throw .crypto(paths.clientKey, error) }
            }
            try journal.carryOut(change)
        }
        let done = journal != nil
        return FrontProxyReport(
            entries: [
                .init(paths.clientCertificate, renewed, done ? .renewed : .wouldRenew),
                .init(paths.clientKey, nil, options.newKey ? (done ? .replaced : .wouldReplace) : .kept),
            ], notices: options.lifetime.clipping(renewed, to: signer.authority.certificate, from: now))
    }

    /// The CA to sign with: in a rotation that has switched, the one that it moves to.
    private func signer(for old: Certificate) throws(FrontProxyError) -> FrontProxySigner {
        if let outside = options.outsideCA { return try FrontProxySigner.outside(outside, now: now) }
        let hasSwitched = inventory.rotation == .switched
        let ca = hasSwitched ? inventory.nextCA : inventory.signingCA
        let keyFile = hasSwitched ? inventory.nextCAKeyFile : inventory.caKeyFile
        guard let ca else {
            throw FrontProxyError(
                "there is no CA in \(paths.caCertificate)", hint: "put the CA back, or name one: --ca-cert --ca-key")
        }
        guard let keyFile else {
            throw FrontProxyError(
                "the key of the CA is not here (\(hasSwitched ? paths.nextCAKey : paths.caKey))",
                hint: "kbootstrap certs renew --ca-cert FILE --ca-key FILE, or have it signed elsewhere: "
                    + "kbootstrap certs csr")
        }
        guard ca.notAfter >= now else { throw inventory.expired([ca], at: now) }
        return try FrontProxySigner.adopt(
            ca, try keyFile.key(),
            file: hasSwitched ? paths.nextCACertificate : paths.caCertificate, now: now)
    }

    private func key(_ old: Certificate) throws(FrontProxyError) -> PrivateKey {
        guard !options.newKey else {
            let algorithm =
                options.keyAlgorithm ?? KeyAlgorithm.allCases.first { $0.displayName == old.keyAlgorithm } ?? .ecdsaP256
            return try PrivateKey.generated(algorithm, for: paths.clientKey)
        }
        guard let keyFile = inventory.clientKeyFile else {
            throw FrontProxyError(
                "the key \(paths.clientKey) is not there",
                hint: "kbootstrap certs renew --new-key\(paths.options)   # makes another")
        }
        let key = try keyFile.key()
        guard (try? old.matches(key)) == true else {
            throw FrontProxyError(
                "\(paths.clientKey) is not the key of \(paths.clientCertificate)",
                hint: "kbootstrap certs renew --new-key\(paths.options)   # makes a pair that matches")
        }
        return key
    }

    /// The certificate with what stands between it and a CA of the file: an intermediate CA may have signed it.
    ///
    /// - Throws: where it would not be what a backend trusts, before anything on disk changes.
    private func chain(
        _ renewed: Certificate, signedBy ca: Certificate
    ) throws(FrontProxyError) -> [Certificate] {
        let between = ([ca] + inventory.clientChain.dropFirst().filter { $0 != ca })
        let found: (verdict: ChainVerdict, chain: [Certificate])
        do throws(OpenSSLError) {
            found = try findChain(
                renewed, intermediates: between, anchors: inventory.caCertificates, purpose: .client, at: now)
        } catch { throw .crypto(paths.clientCertificate, error) }
        guard case .refused(let refusal, let reason) = found.verdict else {
            return [renewed] + found.chain.dropFirst().filter { !inventory.trusts($0) }
        }
        if refusal == .unknownAuthority, let outside = options.outsideCA {
            throw FrontProxyError(
                "\(outside.certificate) (\(ca.subject)) does not lead to a CA in \(paths.caCertificate): "
                    + "nobody would trust what it signs",
                hint:
                    "kbootstrap certs rotate-ca begin\(paths.options) --ca-cert \(ShellWord.quoted(outside.certificate))"
            )
        }
        throw FrontProxyError(
            "the renewed certificate would not verify against \(paths.caCertificate): \(reason)",
            hint: "kbootstrap certs status\(paths.options)")
    }
}
