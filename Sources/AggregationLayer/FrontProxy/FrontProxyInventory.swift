// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import PKI

/// The files of a folder as they stand on disk, read once, parsed, and checked against each other.
struct FrontProxyInventory {
    let layout: FrontProxyLayout
    let paths: FrontProxyPaths
    let caFile: FoundFile?
    let caKeyFile: KeyFile?
    let clientFile: FoundFile?
    let clientKeyFile: KeyFile?
    let nextCAFile: FoundFile?
    let nextCAKeyFile: KeyFile?
    let nextClientKeyFile: KeyFile?
    /// Every certificate of the CA file.
    let caCertificates: [Certificate]
    /// The client certificate, and those that stand behind it in its file.
    let clientChain: [Certificate]
    let nextCA: Certificate?
    /// What speaks against trusting one of the files; empty where that has been required.
    let doubts: [FrontProxyError]

    var clientCertificate: Certificate? { clientChain.first }

    /// - Parameters:
    ///   - folder: nil where there is none, and so no file.
    ///   - requiringTrust: whether a file that somebody else could have written is refused.
    static func read(
        _ layout: FrontProxyLayout, of directory: String, in folder: KeyFolder?, requiringTrust: Bool = true
    ) throws(FrontProxyError) -> FrontProxyInventory {
        var doubts: [FrontProxyError] = []
        func judge(_ status: FileStatus?, _ path: String, _ what: String? = nil) throws(FrontProxyError) {
            guard let status, let distrust = folder?.owners.distrust(of: status, path, what) else { return }
            if requiringTrust { throw distrust.error }
            doubts.append(distrust.error)
        }
        func found(_ name: String) throws(FrontProxyError) -> FoundFile? {
            guard let folder else { return nil }
            let file = try FoundFile.read(name, in: folder.folder, followingLinksOf: folder.owners)
            try judge(file?.status, folder.folder.path(of: name))
            return file
        }
        func key(_ name: String) throws(FrontProxyError) -> KeyFile? {
            guard let folder else { return nil }
            let file = try KeyFile.read(name, in: folder.folder, owners: folder.owners)
            // Its mode is judged where it is used: who may write it may read it.
            if let file, !folder.owners.contains(file.status.owner) { try judge(file.status, file.path, KeyFile.what) }
            return file
        }
        let caFile = try found(layout.caCertificateFile)
        let clientFile = try found(layout.clientCertificateFile)
        let nextCAFile = try found(layout.nextCACertificateFile)
        let keys = (
            ca: try key(layout.caKeyFile), client: try key(layout.clientKeyFile), nextCA: try key(layout.nextCAKeyFile),
            nextClient: try key(layout.nextClientKeyFile)
        )
        return FrontProxyInventory(
            layout: layout, paths: FrontProxyPaths(layout: layout, directory: directory), caFile: caFile,
            caKeyFile: keys.ca, clientFile: clientFile, clientKeyFile: keys.client, nextCAFile: nextCAFile,
            nextCAKeyFile: keys.nextCA, nextClientKeyFile: keys.nextClient,
            caCertificates: try caFile.map(certificates) ?? [],
            clientChain: try clientFile.map(certificates) ?? [],
            nextCA: try nextCAFile.map(certificates)?.first, doubts: doubts)
    }

    static func certificates(_ file: FoundFile) throws(FrontProxyError) -> [Certificate] {
        do throws(OpenSSLError) { return try Certificate.read(pem: file.bytes) } catch {
            throw .crypto(file.path, error)
        }
    }

    /// Whether a certificate that this CA signs would be trusted.
    func trusts(_ ca: Certificate) -> Bool { caCertificates.contains { $0.fingerprint == ca.fingerprint } }

    /// The CA that signs: the one whose key is here, else the one that signed the client certificate; a rotation has two
    /// in the file, and others may be trusted beside it.
    var signingCA: Certificate? {
        if let key = try? caKeyFile?.key(),
            let own = caCertificates.first(where: { ca in (try? ca.matches(key)) == true })
        {
            return own
        }
        return caCertificates.first { ca in (try? clientCertificate?.isSigned(by: ca)) == true } ?? caCertificates.first
    }

    /// Throws for whatever is wrong with what is there; what is missing is not wrong.
    ///
    /// - Parameters:
    ///   - commonName: the client's, where the user asked for one.
    ///   - ca: the CA that the client certificate must lead to.
    ///   - now: nil where dates are not to be judged: a rotation is what mends a CA that has expired.
    func checkClient(against ca: [Certificate], commonName: String?, now: Date?) throws(FrontProxyError) {
        guard let client = clientCertificate else { return }
        guard let clientKeyFile else {
            throw FrontProxyError(
                "\(paths.clientCertificate) is there without its key \(paths.clientKey)",
                hint: "put the key back, or: kbootstrap certs renew --new-key\(paths.options)")
        }
        let key = try clientKeyFile.key()
        let matches: Bool
        do throws(OpenSSLError) { matches = try client.matches(key) } catch {
            throw .crypto(clientKeyFile.path, error)
        }
        guard matches else {
            throw FrontProxyError(
                "\(paths.clientKey) is not the key of \(paths.clientCertificate)",
                hint: "put back the two that belong together, or: kbootstrap certs renew --new-key\(paths.options)")
        }
        if let commonName, client.commonName != commonName {
            throw FrontProxyError(
                "\(paths.clientCertificate) has the common name \(client.commonName ?? "(none)"), not \(commonName)",
                hint: "leave --common-name out to keep it, or choose another folder with --dir")
        }
        try checkChain(client, ca, now: now)
    }

    private func checkChain(_ client: Certificate, _ ca: [Certificate], now: Date?) throws(FrontProxyError) {
        let intermediates = Array(clientChain.dropFirst())
        let verdict: ChainVerdict
        do throws(OpenSSLError) {
            verdict = try verifyChain(
                client, intermediates: intermediates, anchors: ca, purpose: .client, at: now)
        } catch { throw .crypto(paths.clientCertificate, error) }
        guard case .refused(let refusal, let reason) = verdict else { return }
        let moment = now ?? Date()
        let renew = "kbootstrap certs renew\(paths.options)"
        switch refusal {
        case .expired:
            guard client.notAfter < moment else { throw expired(ca + intermediates, at: moment) }
            throw FrontProxyError(
                "\(paths.clientCertificate) expired on \(client.notAfter.formatted(.iso8601))", hint: renew)
        case .notYetValid:
            let late = ([client] + ca + intermediates).first { $0.notBefore > moment } ?? client
            throw FrontProxyError(
                "\(late.subject) in \(late == client ? paths.clientCertificate : paths.caCertificate) is not valid before "
                    + late.notBefore.formatted(.iso8601),
                hint: "date   # is this machine's clock right?")
        case .wrongUsage:
            throw FrontProxyError(
                "\(paths.clientCertificate) is not made for client authentication "
                    + "(\(client.extendedKeyUsages.map(\.description).joined(separator: ", ")))", hint: remake)
        case .unknownAuthority, .other:
            let sameName = ca.contains { $0.subject == client.subject }
            throw FrontProxyError(
                sameName
                    ? "\(paths.clientCertificate) has the same subject as its CA (\(client.subject)), "
                        + "so verifiers take it for self-signed"
                    : "\(paths.clientCertificate) does not verify against \(paths.caCertificate): \(reason)",
                hint: sameName ? remake : "\(renew)   # signs it with \(paths.caCertificate)")
        }
    }

    /// The key stays, so that each moment leaves a pair that fits.
    private var remake: String {
        "mv \(ShellWord.quoted(paths.clientCertificate)) \(ShellWord.quoted(paths.clientCertificate + ".old")); "
            + "kbootstrap certs front-proxy\(paths.options)   # a new certificate for the same key"
    }

    func expired(_ authorities: [Certificate], at moment: Date) -> FrontProxyError {
        let ended = authorities.first { $0.notAfter < moment } ?? authorities[0]
        return FrontProxyError(
            "\(ended.subject) in \(paths.caCertificate) expired on \(ended.notAfter.formatted(.iso8601))",
            hint: "kbootstrap certs rotate-ca begin\(paths.options)   # moves to a new CA")
    }

    /// Throws where the CA on disk is none, or has ended.
    func checkCA(now: Date) throws(FrontProxyError) {
        guard let ca = signingCA else { return }
        guard ca.isCertificateAuthority else {
            throw FrontProxyError(
                "\(paths.caCertificate) is not a CA (\(ca.subject))", hint: "choose another folder with --dir")
        }
        guard caCertificates.contains(where: { now <= $0.notAfter }) else {
            guard clientCertificate == nil else { throw expired([ca], at: now) }
            let files = [(paths.caCertificate, caFile != nil), (paths.caKey, caKeyFile != nil)].filter(\.1).map(\.0)
            let away = files.map { "mv \(ShellWord.quoted($0)) \(ShellWord.quoted($0 + ".old")); " }.joined()
            throw FrontProxyError(
                expired([ca], at: now).description, hint: "\(away)kbootstrap certs front-proxy\(paths.options)")
        }
    }
}

/// The full paths of a folder's files.
struct FrontProxyPaths {
    let caCertificate: String
    let caKey: String
    let clientCertificate: String
    let clientKey: String
    let nextCACertificate: String
    let nextCAKey: String
    let nextClientKey: String
    /// Options that lead a command to these files; empty for the layout's default folder.
    let options: String

    init(layout: FrontProxyLayout, directory: String) {
        options = layout.options(for: directory)
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        caCertificate = prefix + layout.caCertificateFile
        caKey = prefix + layout.caKeyFile
        clientCertificate = prefix + layout.clientCertificateFile
        clientKey = prefix + layout.clientKeyFile
        nextCACertificate = prefix + layout.nextCACertificateFile
        nextCAKey = prefix + layout.nextCAKeyFile
        nextClientKey = prefix + layout.nextClientKeyFile
    }
}
