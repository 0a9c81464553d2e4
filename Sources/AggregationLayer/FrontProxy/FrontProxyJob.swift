// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import PKI
internal import SystemPackage

/// One run over a folder: decides what is missing, makes it in memory, then writes it in the safe order.
struct FrontProxyJob {
    let inventory: FrontProxyInventory
    let options: FrontProxyOptions
    let now = Date()

    private var paths: FrontProxyPaths { inventory.paths }
    private var clientCommonName: String { options.commonName ?? inventory.layout.clientCommonName }
    private var algorithm: KeyAlgorithm { options.keyAlgorithm ?? .ecdsaP256 }
    private var needsClient: Bool { inventory.clientCertificate == nil }

    /// - Parameter folder: nil to write nothing.
    func report(writingInto folder: Folder?) throws(FrontProxyError) -> FrontProxyReport {
        try inventory.checkCA(now: now)
        try requireOneCA()
        var caKeyPEM: SecretBytes?
        let authority = try signer(newKey: &caKeyPEM)
        let caCertificates = authority.certificates(or: inventory.caCertificates)
        try inventory.checkClient(against: caCertificates, commonName: options.commonName, now: now)
        let client = try client(signedBy: authority)
        guard let folder else { return planned(caCertificates) }

        var entries: [FrontProxyReport.Entry] = []
        if options.outsideCA == nil {
            if let pem = consume caKeyPEM { try write(pem, to: inventory.layout.caKeyFile, in: folder) }
        }
        let madeCA = inventory.caFile == nil
        if madeCA, let certificate = caCertificates.first {
            try write(certificate, to: inventory.layout.caCertificateFile, in: folder)
        }
        entries.append(.init(paths.caCertificate, caCertificates.first, madeCA ? .created : .kept))
        if inventory.caKeyFile != nil || (madeCA && options.outsideCA == nil) {
            entries.append(.init(paths.caKey, nil, inventory.caKeyFile == nil ? .created : .kept))
        }
        switch consume client {
        case .none:
            entries.append(.init(paths.clientCertificate, inventory.clientCertificate, .kept))
            entries.append(.init(paths.clientKey, nil, .kept))
        case .some(let made):
            if let pem = made.keyPEM { try write(pem, to: inventory.layout.clientKeyFile, in: folder) }
            try write(made.certificate, to: inventory.layout.clientCertificateFile, in: folder)
            entries.append(.init(paths.clientCertificate, made.certificate, .created))
            entries.append(.init(paths.clientKey, nil, inventory.clientKeyFile == nil ? .created : .kept))
        }
        return FrontProxyReport(entries: entries, notices: notices(caCertificates))
    }

    // MARK: Deciding

    /// A CA of one's own beside a different one on disk, or a client whose CA is gone, is no state to add to.
    private func requireOneCA() throws(FrontProxyError) {
        if inventory.caFile == nil, inventory.caKeyFile == nil, inventory.clientCertificate != nil,
            options.outsideCA == nil
        {
            throw FrontProxyError(
                "\(paths.clientCertificate) is there, and the CA that signed it, \(paths.caCertificate), is not",
                hint: "put the CA back, or choose another folder with --dir")
        }
    }

    /// The CA to sign with; absent where all that it would sign is there.
    private func signer(newKey: inout SecretBytes?) throws(FrontProxyError) -> Signer {
        if let outside = options.outsideCA { return try outsideSigner(outside) }
        if let ca = inventory.signingCA {
            guard let keyFile = inventory.caKeyFile else {
                guard !needsClient else {
                    throw FrontProxyError(
                        "\(paths.clientCertificate) is missing, and so is the key to sign it with, \(paths.caKey)",
                        hint: "put the CA's key back, or name both: --ca-cert FILE --ca-key FILE")
                }
                return Signer(authority: nil)
            }
            return Signer(
                authority: try FrontProxySigner.adopt(
                    ca, try keyFile.key(), file: paths.caCertificate, now: now
                ).taken())
        }
        var profile = CertificateProfile(
            commonName: inventory.layout.caCommonName, purpose: .authority, days: 1, now: now)
        profile.notAfter = options.caLifetime.end(from: now)
        if let keyFile = inventory.caKeyFile {
            // A run that was cut short left the key: its certificate is made now.
            let key = try keyFile.key()
            do throws(OpenSSLError) {
                return Signer(authority: try CertificateAuthority.create(profile, key: key))
            } catch { throw .crypto(paths.caCertificate, error) }
        }
        do throws(OpenSSLError) {
            let key = try PrivateKey.generate(algorithm)
            newKey = try key.pem()
            return Signer(authority: try CertificateAuthority.create(profile, key: key))
        } catch { throw .crypto(paths.caCertificate, error) }
    }

    private func outsideSigner(
        _ outside: OutsideCA
    ) throws(FrontProxyError) -> Signer {
        let signer = try FrontProxySigner.outside(outside, now: now)
        let certificate = signer.authority.certificate
        if let present = inventory.caCertificates.first, present.fingerprint != certificate.fingerprint {
            throw FrontProxyError(
                "\(paths.caCertificate) (\(present.subject)) is another CA than \(outside.certificate) "
                    + "(\(certificate.subject))",
                hint: "choose another folder with --dir, or leave --ca-cert out")
        }
        if let leftover = inventory.caKeyFile {
            let leftoverKey = try leftover.key()
            guard (try? certificate.matches(leftoverKey)) == true else {
                throw FrontProxyError(
                    "\(paths.caKey) is there, and is not the key of \(outside.certificate)",
                    hint: "choose another folder with --dir, or leave --ca-cert out")
            }
        }
        return Signer(authority: signer.taken())
    }

    private func client(signedBy signer: borrowing Signer) throws(FrontProxyError) -> MadeClient? {
        guard needsClient else { return nil }
        var profile = CertificateProfile(
            commonName: clientCommonName,
            purpose: .leaf(options.serverAuth ? [.clientAuth, .serverAuth] : [.clientAuth]),
            names: options.names, days: 1, now: now)
        profile.notAfter = options.lifetime.end(from: now)
        if let keyFile = inventory.clientKeyFile {
            let key = try keyFile.key()
            do throws(OpenSSLError) {
                return MadeClient(certificate: try signer.issue(profile, for: key), keyPEM: nil)
            } catch { throw .crypto(paths.clientCertificate, error) }
        }
        do throws(OpenSSLError) {
            let key = try PrivateKey.generate(algorithm)
            let pem = try key.pem()
            return MadeClient(certificate: try signer.issue(profile, for: key), keyPEM: pem)
        } catch { throw .crypto(paths.clientCertificate, error) }
    }

    // MARK: Writing

    private func write(
        _ pem: borrowing SecretBytes, to name: String, in folder: Folder
    ) throws(FrontProxyError) {
        let file = DurableFile(folder: folder, name: name, mode: .ownerReadWrite, owner: options.owner)
        try unsafe pem.withBytes { (bytes) throws(FrontProxyError) in try unsafe file.create(bytes) }
    }

    private func write(
        _ certificate: Certificate, to name: String, in folder: Folder
    ) throws(FrontProxyError) {
        let file = DurableFile(
            folder: folder, name: name, mode: [.ownerReadWrite, .groupRead, .otherRead], owner: options.owner)
        let text = Array(certificate.pem.utf8)
        try unsafe text.span.withUnsafeBytes { (bytes) throws(FrontProxyError) in try unsafe file.create(bytes) }
    }

    // MARK: Reporting

    private func planned(_ ca: [Certificate]) -> FrontProxyReport {
        func planned(_ file: String, _ isFound: Bool, _ certificate: Certificate?, _ subject: String?)
            -> FrontProxyReport.Entry
        {
            FrontProxyReport.Entry(
                file: file, subject: certificate?.subject ?? subject, notAfter: isFound ? certificate?.notAfter : nil,
                outcome: isFound ? .kept : .wouldCreate)
        }
        var entries = [
            planned(paths.caCertificate, inventory.caFile != nil, ca.first, nil),
            planned(
                paths.clientCertificate, inventory.clientFile != nil, inventory.clientCertificate,
                "CN=\(clientCommonName)"),
            planned(paths.clientKey, inventory.clientKeyFile != nil, nil, nil),
        ]
        if inventory.caKeyFile != nil || (inventory.caFile == nil && options.outsideCA == nil) {
            entries.insert(planned(paths.caKey, inventory.caKeyFile != nil, nil, nil), at: 1)
        }
        return FrontProxyReport(entries: entries, notices: notices(ca))
    }

    private func notices(_ ca: [Certificate]) -> [String] {
        var notices: [String] = []
        if let client = inventory.clientCertificate {
            if let asked = options.keyAlgorithm, client.keyAlgorithm != asked.displayName {
                notices.append(
                    "\(paths.clientCertificate) is kept with its \(client.keyAlgorithm) key, "
                        + "although --key-algorithm says \(asked.rawValue)")
            }
            let missing = options.names.filter { !client.subjectAlternativeNames.contains($0) }
            if !missing.isEmpty || (options.serverAuth && !client.extendedKeyUsages.contains(.serverAuth)) {
                notices.append("\(paths.clientCertificate) is kept as it is, without what --server-auth and --san ask")
            }
            let days = Int(client.notAfter.timeIntervalSince(now) / 86400)
            if days < 30 { notices.append("\(paths.clientCertificate) expires in \(days) days") }
        } else if let end = ca.first?.notAfter, end < options.lifetime.end(from: now) {
            notices.append("the client certificate ends with its CA, on \(end.formatted(.iso8601))")
        }
        if inventory.caFile != nil, inventory.caKeyFile == nil, options.outsideCA == nil {
            notices.append("\(paths.caKey) is not here: renewing the client certificate will need it")
        }
        return notices
    }
}

/// A client certificate that was made, with its key's PEM where the key is new.
private struct MadeClient: ~Copyable {
    let certificate: Certificate
    let keyPEM: SecretBytes?
}

/// The CA that signs, where one is needed.
private struct Signer: ~Copyable {
    let authority: CertificateAuthority?

    func certificates(or found: [Certificate]) -> [Certificate] {
        guard found.isEmpty else { return found }
        switch authority {
        case .some(let authority): return [authority.certificate]
        case .none: return []
        }
    }

    func issue(
        _ profile: CertificateProfile, for key: borrowing PrivateKey
    ) throws(OpenSSLError) -> Certificate {
        switch authority {
        case .some(let authority): return try authority.issue(profile, for: key)
        case .none: throw OpenSSLError("sign it", because: ["the CA's key is not here"])
        }
    }
}
