// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import PKI

/// The CA that a rotation moves to: made here, or kept elsewhere.
extension CARotation {
    func made(
        _ options: RotationOptions, after ca: Certificate, client: Certificate, into change: inout FileChange,
        owner: FileOwner?
    ) throws(FrontProxyError) -> Certificate {
        guard inventory.nextCAKeyFile == nil else {
            throw FrontProxyError(
                "\(paths.nextCAKey) is there without its certificate \(paths.nextCACertificate)",
                hint: "put the certificate back, or: mv \(ShellWord.quoted(paths.nextCAKey)) "
                    + ShellWord.quoted(paths.nextCAKey + ".old"))
        }
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

    func outsideCertificate(_ path: String) throws(FrontProxyError) -> Certificate {
        guard let file = try FoundFile.trusted(path) else {
            throw FrontProxyError("there is no file \(path)", hint: "check --ca-cert")
        }
        return try FrontProxyInventory.certificates(file)[0]
    }

    /// Throws where the rotation could not go on to its end with this CA.
    func check(_ next: Certificate, from file: String, client: Certificate) throws(FrontProxyError) {
        func refusal(_ why: String, _ hint: String = "check --ca-cert") -> FrontProxyError {
            FrontProxyError("\(file) (\(next.subject)) cannot be the next CA: \(why)", hint: hint)
        }
        guard next.isCertificateAuthority else { throw refusal("it is not a CA") }
        guard next.keyUsages.isEmpty || next.keyUsages.contains("keyCertSign") else {
            throw refusal("its key usage does not include keyCertSign")
        }
        guard next.notAfter > now else { throw refusal("it expired on \(next.notAfter.formatted(.iso8601))") }
        guard next.notBefore <= now else {
            throw refusal(
                "it is not valid before \(next.notBefore.formatted(.iso8601))",
                "date   # is this machine's clock right?")
        }
        guard next.subject != client.subject else {
            throw refusal(
                "it has the subject of \(paths.clientCertificate), which verifiers would take for self-signed",
                "kbootstrap certs rotate-ca begin\(paths.options)   # makes a CA with a name of its own")
        }
        guard !inventory.caCertificates.contains(where: { $0.publicKeyFingerprint == next.publicKeyFingerprint }) else {
            throw FrontProxyError(
                "\(next.subject) has the key of a CA that is in \(paths.caCertificate) already: there is nothing to rotate to",
                hint: "kbootstrap certs rotate-ca begin\(paths.options)   # makes a CA with a key of its own")
        }
        if let keyFile = inventory.nextCAKeyFile {
            let key = try keyFile.key()
            guard (try? next.matches(key)) == true else {
                throw FrontProxyError(
                    "\(paths.nextCAKey) is there, and is not the key of \(next.subject)",
                    hint: "mv \(ShellWord.quoted(paths.nextCAKey)) \(ShellWord.quoted(paths.nextCAKey + ".old"))")
            }
        }
    }

    func signer(_ nextCA: Certificate, _ options: RotationOptions) throws(FrontProxyError) -> FrontProxySigner {
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
            nextCA, try keyFile.key(), file: paths.nextCACertificate, now: now)
    }
}
