// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
public import PKI
internal import SystemPackage

/// The CA and the client pair in one encrypted file, so that several control planes serve with the same ones.
///
/// The key of the CA is not in it: it stays on one machine.
extension FrontProxyStore {
    /// Seals the folder's CA certificates, client certificate and key into a new file.
    ///
    /// - Parameter path: a file that is not there yet; only its owner may read it.
    /// - Throws: where something is missing, or does not fit together.
    public func exportBundle(
        to path: String, passphrase: borrowing SecretBytes
    ) throws(FrontProxyError) -> FrontProxyReport {
        let inventory = try inventory()
        let paths = inventory.paths
        guard let client = inventory.clientCertificate, let keyFile = inventory.clientKeyFile, inventory.caFile != nil
        else {
            throw FrontProxyError(
                "not all of the files are in \(directory)", hint: "kbootstrap certs status\(options)")
        }
        try inventory.checkClient(against: inventory.caCertificates, commonName: nil, now: Date())
        let key = try keyFile.key()
        let sealed: [UInt8]
        do throws(OpenSSLError) {
            sealed = try CredentialBundle.seal(
                certificate: client, key: key,
                authorities: inventory.clientChain.dropFirst() + inventory.caCertificates,
                passphrase: passphrase)
        } catch { throw .crypto(path, error) }
        guard let (folder, name) = try Folder.holding(path) else {
            throw .system("write", path, .noSuchFileOrDirectory)
        }
        guard try folder.status(of: name) == nil else {
            throw FrontProxyError("\(path) is there already", hint: "choose another name")
        }
        try unsafe sealed.span.withUnsafeBytes { (bytes) throws(FrontProxyError) in
            try unsafe DurableFile(folder: folder, name: name, mode: .ownerReadWrite, owner: nil).create(bytes)
        }
        return FrontProxyReport(
            entries: [.init(path, client, .created), .init(paths.clientCertificate, client, .kept)],
            notices: ["the CA's key is not in it: renew here, and export again"])
    }

    /// Puts what a bundle holds into the folder.
    ///
    /// - Parameter replaces: whether other files than the bundle's may be replaced; `undo` brings them back.
    /// - Throws: with nothing changed, where the bundle does not open or fit together, or other files are in the way.
    public func importBundle(
        _ path: String, passphrase: borrowing SecretBytes, replaces: Bool, owner: FileOwner? = nil
    ) throws(FrontProxyError) -> FrontProxyReport {
        guard let file = try FoundFile.read(path) else {
            throw FrontProxyError("there is no file \(path)", hint: "ls -l \(ShellWord.quoted(path))")
        }
        let bundle = try Self.open(file, passphrase)
        let chain = try Self.chain(of: bundle, path)
        let authorities = Self.authorities(of: bundle, above: chain)
        return try locked(creating: true, owner: owner) { (journal) throws(FrontProxyError) in
            let inventory = try inventory(journal)
            let paths = inventory.paths
            if try inventory.isMade(of: chain, authorities) {
                return FrontProxyReport(
                    entries: [
                        .init(paths.caCertificate, authorities.first, .kept),
                        .init(paths.clientCertificate, bundle.certificate, .kept), .init(paths.clientKey, nil, .kept),
                    ], notices: ["unchanged: the files are those of \(path) already"])
            }
            let isEmpty =
                inventory.caFile == nil && inventory.clientFile == nil && inventory.clientKeyFile == nil
                && inventory.caKeyFile == nil
            guard isEmpty || replaces else {
                throw FrontProxyError(
                    "other files are in \(directory) (\(inventory.clientCertificate?.subject ?? "a key"))",
                    hint: "add --replace; kbootstrap certs undo brings them back")
            }
            let owner = owner ?? inventory.clientFile?.status.owner
            var change = FileChange("bundle-import")
            do throws(OpenSSLError) { try change.write(bundle.key, to: layout.clientKeyFile, owner: owner) } catch {
                throw .crypto(path, error)
            }
            change.write(authorities, to: layout.caCertificateFile, owner: owner)
            change.write(chain, to: layout.clientCertificateFile, owner: owner)
            var entries: [FrontProxyReport.Entry] = [
                .init(paths.caCertificate, authorities.first, inventory.caFile == nil ? .created : .replaced),
                .init(
                    paths.clientCertificate, bundle.certificate, inventory.clientFile == nil ? .created : .replaced),
                .init(paths.clientKey, nil, inventory.clientKeyFile == nil ? .created : .replaced),
            ]
            var notices: [String] = []
            if let caKey = try inventory.caKeyFile?.key(),
                !authorities.contains(where: { (try? $0.matches(caKey)) == true })
            {
                change.remove(layout.caKeyFile)
                entries.insert(.init(paths.caKey, nil, .removed), at: 1)
                notices.append("\(paths.caKey) was the key of another CA: kbootstrap certs undo brings it back")
            }
            try journal.carryOut(change)
            return FrontProxyReport(entries: entries, notices: notices)
        }
    }

    private static func open(
        _ file: FoundFile, _ passphrase: borrowing SecretBytes
    ) throws(FrontProxyError) -> CredentialBundle {
        do throws(OpenSSLError) { return try CredentialBundle.open(file.bytes, passphrase: passphrase) } catch {
            throw .crypto(file.path, error)
        }
    }

    /// The client certificate, and the intermediate CAs between it and a CA of the bundle that signed itself.
    private static func chain(
        of bundle: borrowing CredentialBundle, _ path: String
    ) throws(FrontProxyError) -> [Certificate] {
        let leaf = bundle.certificate
        let authorities = bundle.authorities.filter(\.isCertificateAuthority)
        let roots = authorities.filter { $0.issuer == $0.subject }
        do throws(OpenSSLError) {
            let whole = try findChain(leaf, intermediates: authorities, anchors: roots, purpose: .client)
            if whole.verdict == .trusted { return whole.chain.filter { !roots.contains($0) } }
            // A CA that did not sign itself may be trusted all the same.
            guard case .refused(_, let reason) = try verifyChain(leaf, anchors: authorities, purpose: .client) else {
                return [leaf]
            }
            throw OpenSSLError("\(leaf.subject) does not verify against the CAs in it", because: [reason])
        } catch {
            throw FrontProxyError(
                "\(path) does not fit together: \(error.intent): \(error.reasons.joined(separator: "; "))",
                hint: "kbootstrap certs bundle export FILE   # on the control plane that it came from")
        }
    }

    /// The bundle's CAs that are to be trusted, the one that the client's chain leads to first.
    private static func authorities(of bundle: borrowing CredentialBundle, above chain: [Certificate]) -> [Certificate]
    {
        let trusted = bundle.authorities.filter { $0.isCertificateAuthority && !chain.contains($0) }
        let signer = trusted.first { ca in chain.contains { (try? $0.isSigned(by: ca)) == true } }
        return trusted.filter { $0 == signer } + trusted.filter { $0 != signer }
    }
}

extension FrontProxyInventory {
    /// Whether the files are these certificates, with the key of the first.
    fileprivate func isMade(of chain: [Certificate], _ authorities: [Certificate]) throws(FrontProxyError) -> Bool {
        guard clientChain == chain, let client = chain.first, let clientKeyFile,
            Set(caCertificates.map(\.fingerprint)) == Set(authorities.map(\.fingerprint))
        else { return false }
        let key = try clientKeyFile.key()
        return (try? client.matches(key)) == true
    }
}
