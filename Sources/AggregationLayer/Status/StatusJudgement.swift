// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import PKI

/// Says what needs care about files that were read: pure.
struct StatusJudgement {
    let reading: StatusReading
    let settings: StatusOptions
    /// The certificates that kube-apiserver trusts for its own callers.
    let clientCAs: [Certificate]
    let now: Date

    /// Options that lead a command to these files.
    private var options: String { reading.paths.options }

    private var leaf: Certificate? { reading.client.certificates.first }

    func status(directory: String) -> FrontProxyStatus {
        FrontProxyStatus(
            directory: directory, layout: reading.layout, items: items(),
            findings: findings().sorted { $0.severity == .error && $1.severity == .warning }, phase: reading.rotation,
            moment: now)
    }

    // MARK: What is there

    private func items() -> [FrontProxyStatus.Item] {
        var items = certificates(.ca, reading.ca)
        items += key(.caKey, reading.caKey, of: reading.ca.certificates)
        items += certificates(.nextCA, reading.nextCA)
        items += key(.nextCAKey, reading.nextCAKey, of: reading.nextCA.certificates)
        items += certificates(.client, reading.client)
        items += key(.clientKey, reading.clientKey, of: leaf.map { [$0] } ?? [])
        items += key(.nextClientKey, reading.nextClientKey, of: [])
        return items
    }

    private func certificates(
        _ role: FrontProxyStatus.Role, _ found: StatusReading.Certificates
    ) -> [FrontProxyStatus.Item] {
        guard found.file != nil || found.error != nil else { return [] }
        let read: [Certificate?] = found.certificates.isEmpty ? [nil] : found.certificates
        return read.enumerated().map { index, certificate in
            FrontProxyStatus.Item(
                role: role, file: found.path, certificate: certificate, mode: found.file?.status.mode,
                owner: found.file?.status.owner, keyMatches: nil,
                chainVerifies: role == .client && index == 0 ? certificate.map { refusal($0) == nil } : nil)
        }
    }

    private func key(
        _ role: FrontProxyStatus.Role, _ key: StatusReading.Key, of certificates: [Certificate]
    ) -> [FrontProxyStatus.Item] {
        guard key.status != nil || key.error != nil else { return [] }
        let matches = key.fingerprint.flatMap { fingerprint in
            certificates.isEmpty ? nil : certificates.contains { $0.publicKeyFingerprint == fingerprint }
        }
        return [
            FrontProxyStatus.Item(
                role: role, file: key.path, certificate: nil, mode: key.status?.mode, owner: key.status?.owner,
                keyMatches: matches, chainVerifies: nil)
        ]
    }

    private func refusal(_ leaf: Certificate) -> (ChainRefusal, String)? {
        let verdict = try? verifyChain(
            leaf, intermediates: Array(reading.client.certificates.dropFirst()), anchors: reading.ca.certificates,
            purpose: .client, at: now)
        guard case .refused(let refusal, let reason) = verdict else { return nil }
        return (refusal, reason)
    }

    // MARK: What needs care

    private func findings() -> [StatusFinding] {
        untrusted() + unreadable() + missing() + authority() + client() + pairs() + sharedAuthority() + rotation()
    }

    /// What somebody else than root, the caller and the recorded owner could have put there.
    private func untrusted() -> [StatusFinding] {
        let files = [
            (reading.ca.path, reading.ca.distrust), (reading.client.path, reading.client.distrust),
            (reading.nextCA.path, reading.nextCA.distrust), (reading.caKey.path, reading.caKey.distrust),
            (reading.clientKey.path, reading.clientKey.distrust), (reading.nextCAKey.path, reading.nextCAKey.distrust),
            (reading.nextClientKey.path, reading.nextClientKey.distrust),
        ].compactMap { path, distrust in distrust.map { (path, $0) } }
        return (reading.doubts.map { ($0.path, $0.distrust) } + files).map { path, distrust in
            error(path, distrust.error.description, distrust.short, distrust.error.hint)
        }
    }

    private func unreadable() -> [StatusFinding] {
        let certificates = [reading.ca, reading.client, reading.nextCA].compactMap { found in
            found.error.map { error(found.path, $0.description, "unreadable", $0.hint) }
        }
        let keys = [reading.caKey, reading.clientKey, reading.nextCAKey, reading.nextClientKey].compactMap { key in
            key.error.map {
                error(key.path, $0.description, key.fingerprint == nil ? "unreadable" : "not private", $0.hint)
            }
        }
        return certificates + keys
    }

    private func missing() -> [StatusFinding] {
        var found: [StatusFinding] = []
        let make = "kbootstrap certs front-proxy\(options)"
        if reading.ca.file == nil, reading.ca.error == nil {
            found.append(error(reading.ca.path, "\(reading.ca.path) is not there", "missing", make))
        }
        if reading.client.file == nil, reading.client.error == nil {
            found.append(error(reading.client.path, "\(reading.client.path) is not there", "missing", make))
        }
        if reading.clientKey.status == nil, reading.clientKey.error == nil {
            let hint = leaf == nil ? make : "kbootstrap certs renew --new-key\(options)   # or put the key back"
            found.append(error(reading.clientKey.path, "\(reading.clientKey.path) is not there", "missing", hint))
        }
        return found
    }

    private func authority() -> [StatusFinding] {
        var found: [StatusFinding] = []
        for ca in reading.ca.certificates {
            let path = reading.ca.path
            if !ca.isCertificateAuthority {
                found.append(
                    error(
                        path, "\(path) holds \(ca.subject), which is not a CA", "not a CA",
                        "openssl x509 -text -in \(quoted(path))", of: ca))
            }
            found += dates(
                ca, path,
                renew: reading.ca.certificates.count > 1
                    ? "kbootstrap certs rotate-ca\(options)   # says what comes next"
                    : "kbootstrap certs rotate-ca begin\(options)")
        }
        return found
    }

    private func client() -> [StatusFinding] {
        guard let leaf else { return [] }
        let path = reading.client.path
        var found = dates(leaf, path, renew: "kbootstrap certs renew\(options)")
        if leaf.commonName == nil {
            found.append(
                error(
                    path, "\(path) has no common name: --requestheader-allowed-names can only be empty with it",
                    "no common name", nil))
        }
        if !leaf.extendedKeyUsages.isEmpty, !leaf.extendedKeyUsages.contains(.clientAuth) {
            found.append(
                error(
                    path,
                    "\(path) is not made for client authentication "
                        + "(\(leaf.extendedKeyUsages.map(\.description).joined(separator: ", ")))",
                    "wrong usage", remake))
        }
        if let (refusal, reason) = refusal(leaf), [.unknownAuthority, .other].contains(refusal),
            !reading.ca.certificates.isEmpty
        {
            let sameName = reading.ca.certificates.contains { $0.subject == leaf.subject }
            let why =
                sameName
                ? "it has its CA's own subject (\(leaf.subject)), so verifiers take it for self-signed"
                : "\(reason) (its issuer is \(leaf.issuer))"
            found.append(
                error(
                    path, "\(path) does not verify against \(reading.ca.path): \(why)", "not trusted",
                    sameName ? remake : "kbootstrap certs renew\(options)   # signs it with \(reading.ca.path)"))
        }
        return found
    }

    private func pairs() -> [StatusFinding] {
        var found: [StatusFinding] = []
        if let fingerprint = reading.clientKey.fingerprint, let leaf, leaf.publicKeyFingerprint != fingerprint {
            found.append(
                error(
                    reading.clientKey.path,
                    "\(reading.clientKey.path) is not the key of \(reading.client.path): "
                        + "kube-apiserver does not start with them", "does not match",
                    "kbootstrap certs renew --new-key\(options)"))
        }
        if let fingerprint = reading.caKey.fingerprint, !reading.ca.certificates.isEmpty,
            !reading.ca.certificates.contains(where: { $0.publicKeyFingerprint == fingerprint })
        {
            found.append(
                warning(
                    reading.caKey.path,
                    "\(reading.caKey.path) is not the key of any CA in \(reading.ca.path): "
                        + "nothing can be renewed with it", "does not match", "put the CA's own key back, or rotate it")
            )
        }
        return found
    }

    /// With one CA for both, whoever holds an ordinary client certificate may be able to speak for anybody
    /// (kubernetes.io, "CA Reusage and Conflicts").
    private func sharedAuthority() -> [StatusFinding] {
        let shared = reading.ca.certificates.filter { ca in
            clientCAs.contains { $0.publicKeyFingerprint == ca.publicKeyFingerprint }
        }
        return shared.map { ca in
            error(
                reading.ca.path,
                "\(ca.subject) in \(reading.ca.path) is also a CA of ordinary clients (\(settings.clientCA ?? "")): "
                    + "their certificates come close to speaking for anybody",
                "shared with clients", "kbootstrap certs rotate-ca begin\(options)   # moves to a CA of its own",
                of: ca)
        }
    }

    private func rotation() -> [StatusFinding] {
        guard let next = reading.nextCA.certificates.first else { return [] }
        let step = reading.rotation == .switched ? "finish" : "switch"
        return [
            warning(
                reading.nextCA.path, "the rotation to \(next.subject) has \(reading.rotation.rawValue)", "rotating",
                "kbootstrap certs rotate-ca \(step)\(options)")
        ]
    }

    private func dates(_ certificate: Certificate, _ path: String, renew: String) -> [StatusFinding] {
        let residual = Residual(certificate.notAfter, at: now)
        if now > certificate.notAfter {
            return [error(path, "\(certificate.subject) in \(path) \(residual)", "expired", renew, of: certificate)]
        }
        if now < certificate.notBefore {
            return [
                error(
                    path,
                    "\(certificate.subject) in \(path) is not valid before \(certificate.notBefore.formatted(.iso8601))",
                    "not yet valid", "date   # is this machine's clock right?", of: certificate)
            ]
        }
        guard certificate.notAfter.timeIntervalSince(now) < settings.warnWithin else { return [] }
        return [
            warning(path, "\(certificate.subject) in \(path) ends in \(residual)", "ends soon", renew, of: certificate)
        ]
    }

    private var remake: String {
        "mv \(quoted(reading.client.path)) \(quoted(reading.client.path + ".old")); kbootstrap certs front-proxy\(options)"
    }

    private func quoted(_ path: String) -> String { ShellWord.quoted(path) }

    private func error(
        _ file: String, _ message: String, _ short: String, _ hint: String?,
        of certificate: Certificate? = nil
    ) -> StatusFinding {
        StatusFinding(
            severity: .error, file: file, subject: certificate?.subject, message: message, short: short, hint: hint)
    }

    private func warning(
        _ file: String, _ message: String, _ short: String, _ hint: String?,
        of certificate: Certificate? = nil
    ) -> StatusFinding {
        StatusFinding(
            severity: .warning, file: file, subject: certificate?.subject, message: message, short: short, hint: hint)
    }
}
