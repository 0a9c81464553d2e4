// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
public import PKI
internal import SystemPackage

/// What is asked of a CA that is kept elsewhere.
public struct SigningOptions: Sendable {
    /// Nil for the present certificate's, or the layout's.
    public var commonName: String?
    /// Ask for a new key, which waits beside the present pair until the signed certificate is installed.
    public var newKey: Bool
    /// Of a key that is made; nil for ECDSA P-256.
    public var keyAlgorithm: KeyAlgorithm?
    public var owner: FileOwner?

    public init(
        commonName: String? = nil, newKey: Bool = false, keyAlgorithm: KeyAlgorithm? = nil, owner: FileOwner? = nil
    ) {
        self.commonName = commonName
        self.newKey = newKey
        self.keyAlgorithm = keyAlgorithm
        self.owner = owner
    }
}

extension FrontProxyStore {
    /// A request for the client certificate, to be signed elsewhere. Its key is made here and stays here.
    ///
    /// - Returns: the request, and the path of the key that it is for.
    public func request(
        _ options: SigningOptions
    ) throws(FrontProxyError) -> (request: CertificateRequest, keyFile: String, madeKey: Bool) {
        try locked(creating: true, owner: options.owner) { (journal) throws(FrontProxyError) in
            let inventory = try inventory(journal)
            let isNext = options.newKey && inventory.clientCertificate != nil
            let path = isNext ? inventory.paths.nextClientKey : inventory.paths.clientKey
            let present = isNext ? inventory.nextClientKeyFile : inventory.clientKeyFile
            let key =
                if let present { try present.key() } else {
                    try made(
                        options, inventory, isNext ? layout.nextClientKeyFile : layout.clientKeyFile, journal.folder)
                }
            let usages = inventory.clientCertificate?.extendedKeyUsages ?? [.clientAuth]
            let names = (inventory.clientCertificate?.subjectAlternativeNames ?? []).filter {
                if case .other = $0 { false } else { true }
            }
            do throws(OpenSSLError) {
                let request = try CertificateRequest.create(
                    commonName: options.commonName ?? inventory.clientCertificate?.commonName
                        ?? layout.clientCommonName,
                    organizations: inventory.clientCertificate?.organizations ?? [], usages: usages, names: names,
                    key: key)
                return (request, path, present == nil)
            } catch { throw .crypto(path, error) }
        }
    }

    private func made(
        _ options: SigningOptions, _ inventory: FrontProxyInventory, _ name: String, _ folder: Folder
    ) throws(FrontProxyError) -> PrivateKey {
        let path = folder.path(of: name)
        guard inventory.clientCertificate == nil || options.newKey else {
            throw FrontProxyError(
                "\(path), the key of \(inventory.paths.clientCertificate), is not there",
                hint: "kbootstrap certs csr --new-key\(self.options)   # makes another")
        }
        let key = try PrivateKey.generated(options.keyAlgorithm ?? .ecdsaP256, for: path)
        let pem = try key.encoded(for: path)
        let file = DurableFile(folder: folder, name: name, mode: .ownerReadWrite, owner: options.owner)
        try unsafe pem.withBytes { (bytes) throws(FrontProxyError) in try unsafe file.create(bytes) }
        return key
    }

    /// Puts a certificate that was signed elsewhere in its place, after checking that it fits.
    ///
    /// - Parameters:
    ///   - file: path of the certificate, with its intermediates behind it where there are any (PEM).
    ///   - caFile: path of the CA that signed it, where the folder has none yet.
    /// - Throws: with nothing changed, where it fits no key here, is not for clients, or does not lead to the CA.
    public func installSigned(
        _ file: String, ca caFile: String?, owner: FileOwner? = nil
    ) throws(FrontProxyError) -> FrontProxyReport {
        guard FileManager.default.fileExists(atPath: directory) else {
            throw FrontProxyError(
                "there is no folder \(directory), and so no key that \(file) could be for",
                hint: "kbootstrap certs csr\(self.options)   # makes the key, and the request to have signed")
        }
        return try locked(owner: owner) { (journal) throws(FrontProxyError) in
            let inventory = try inventory(journal)
            return try SignedCertificate(inventory: inventory, path: file, owner: owner)
                .install(ca: caFile, journal)
        }
    }
}

/// A certificate that has come back from elsewhere.
private struct SignedCertificate {
    let inventory: FrontProxyInventory
    let path: String
    let owner: FileOwner?
    private let now = Date()

    init(inventory: FrontProxyInventory, path: String, owner: FileOwner?) {
        self.inventory = inventory
        self.path = path
        self.owner = owner
    }

    private var paths: FrontProxyPaths { inventory.paths }
    private var layout: FrontProxyLayout { inventory.layout }

    func install(ca caFile: String?, _ journal: ChangeJournal) throws(FrontProxyError) -> FrontProxyReport {
        guard let file = try FoundFile.read(path) else {
            throw FrontProxyError("there is no file \(path)", hint: "ls -l \(ShellWord.quoted(path))")
        }
        let chain = try FrontProxyInventory.certificates(file)
        let isNext = try fitsNextKey(chain[0])
        let authorities = try authorities(caFile)
        try check(chain, authorities)
        if inventory.clientChain == chain, inventory.caFile != nil {
            return FrontProxyReport(
                entries: [.init(paths.clientCertificate, chain[0], .kept)],
                notices: ["unchanged: \(paths.clientCertificate) is this certificate already"])
        }
        let owner = owner ?? inventory.clientFile?.status.owner ?? inventory.clientKeyFile?.status.owner
        var change = FileChange("install-signed")
        change.write(chain, to: layout.clientCertificateFile, owner: owner)
        if isNext { change.move(layout.nextClientKeyFile, to: layout.clientKeyFile) }
        if inventory.caFile == nil { change.write(authorities, to: layout.caCertificateFile, owner: owner) }
        try journal.carryOut(change)
        return FrontProxyReport(
            entries: [
                .init(paths.caCertificate, authorities.first, inventory.caFile == nil ? .created : .kept),
                .init(paths.clientCertificate, chain[0], inventory.clientFile == nil ? .created : .replaced),
                .init(paths.clientKey, nil, isNext ? .replaced : .kept),
            ], notices: notices(chain[0]))
    }

    /// Whether the certificate is for the key that waits, and not for the present one.
    private func fitsNextKey(_ leaf: Certificate) throws(FrontProxyError) -> Bool {
        if let present = try inventory.clientKeyFile?.key(),
            (try? leaf.matches(present)) == true
        {
            return false
        }
        if let next = try inventory.nextClientKeyFile?.key(),
            (try? leaf.matches(next)) == true
        {
            return true
        }
        throw FrontProxyError(
            "\(path) (\(leaf.subject)) was made for another key than \(paths.clientKey)"
                + (inventory.nextClientKeyFile == nil ? "" : " and \(paths.nextClientKey)"),
            hint: "kbootstrap certs csr\(paths.options)   # the request to have signed")
    }

    private func authorities(_ caFile: String?) throws(FrontProxyError) -> [Certificate] {
        guard let caFile else {
            guard inventory.caFile != nil else {
                throw FrontProxyError(
                    "there is no \(paths.caCertificate) yet: the CA that signed \(path) is needed too",
                    hint: "add --ca-cert FILE")
            }
            return inventory.caCertificates
        }
        guard let file = try FoundFile.trusted(caFile) else {
            throw FrontProxyError("there is no file \(caFile)", hint: "check --ca-cert")
        }
        let given = try FrontProxyInventory.certificates(file)
        guard inventory.caFile == nil || given.allSatisfy({ inventory.trusts($0) }) else {
            throw FrontProxyError(
                "\(paths.caCertificate) is there, and does not hold \(caFile) (\(given[0].subject))",
                hint: "kbootstrap certs rotate-ca begin --ca-cert \(ShellWord.quoted(caFile))\(paths.options)")
        }
        if let leaf = given.first(where: { !$0.isCertificateAuthority }) {
            throw FrontProxyError("\(caFile) holds \(leaf.subject), which is not a CA", hint: "check --ca-cert")
        }
        return inventory.caFile == nil ? given : inventory.caCertificates
    }

    private func check(_ chain: [Certificate], _ authorities: [Certificate]) throws(FrontProxyError) {
        let leaf = chain[0]
        if leaf.isCertificateAuthority {
            throw FrontProxyError(
                "\(path) begins with a CA (\(leaf.subject)), not with the client certificate",
                hint: "put the client certificate first, and what stands behind it after it")
        }
        guard let name = leaf.commonName, !name.contains(where: { $0 == "," || $0.isWhitespace }) else {
            throw FrontProxyError(
                "\(path) has \(leaf.commonName.map { "the common name '\($0)'" } ?? "no common name"), "
                    + "which --requestheader-allowed-names cannot hold", hint: nil)
        }
        let verdict: ChainVerdict
        do throws(OpenSSLError) {
            verdict = try verifyChain(
                leaf, intermediates: Array(chain.dropFirst()), anchors: authorities, purpose: .client, at: now)
        } catch { throw .crypto(path, error) }
        guard case .refused(let refusal, let reason) = verdict else { return }
        if authorities.contains(where: { $0.subject == leaf.subject }) {
            throw FrontProxyError(
                "\(path) (\(leaf.subject)) is not what is needed: it has its CA's own subject, so verifiers take it for "
                    + "self-signed", hint: "kbootstrap certs csr --common-name NAME\(paths.options)")
        }
        let why =
            refusal == .wrongUsage
            ? "it is not made for client authentication "
                + "(\(leaf.extendedKeyUsages.map(\.description).joined(separator: ", ")))"
            : "it does not verify against \(authorities.map(\.subject).joined(separator: ", ")): \(reason)"
        throw FrontProxyError(
            "\(path) (\(leaf.subject)) is not what is needed: \(why)",
            hint: refusal == .unknownAuthority
                ? "openssl x509 -noout -issuer -ext authorityKeyIdentifier -in \(ShellWord.quoted(path))" : nil)
    }

    private func notices(_ leaf: Certificate) -> [String] {
        guard let old = inventory.clientCertificate?.commonName, let new = leaf.commonName, old != new else {
            return []
        }
        return ["the common name has changed from \(old) to \(new): so must --requestheader-allowed-names"]
    }
}
