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
            findings: findings().sorted { $0.severity == .failure && $1.severity == .warning }, phase: reading.rotation,
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
            StatusFinding(
                .othersMayWrite, path, distrust.error.description, short: distrust.short,
                hint: distrust.error.hint.map {
                    distrust.isRepairedByHint
                        ? .fix(Command(stringLiteral: $0)) : .look(Command(stringLiteral: $0))
                })
        }
    }

    private func unreadable() -> [StatusFinding] {
        let certificates = [reading.ca, reading.client, reading.nextCA].compactMap { found in
            found.error.map {
                StatusFinding(
                    .fileUnreadable, found.path, $0.description,
                    hint: $0.hint.map { .look(Command(stringLiteral: $0)) })
            }
        }
        let keys = [reading.caKey, reading.clientKey, reading.nextCAKey, reading.nextClientKey].compactMap { key in
            key.error.map {
                key.fingerprint == nil
                    ? StatusFinding(
                        .fileUnreadable, key.path, $0.description,
                        hint: $0.hint.map { .look(Command(stringLiteral: $0)) })
                    : StatusFinding(
                        .keyReadableByOthers, key.path, $0.description,
                        hint: $0.hint.map { .fix(Command(stringLiteral: $0)) })
            }
        }
        return certificates + keys
    }

    private func missing() -> [StatusFinding] {
        var found: [StatusFinding] = []
        func isMissing(_ path: String, _ hint: Hint) {
            found.append(StatusFinding(.fileMissing, path, "\(path) is not there", hint: hint))
        }
        if reading.ca.file == nil, reading.ca.error == nil { isMissing(reading.ca.path, command("front-proxy")) }
        if reading.client.file == nil, reading.client.error == nil {
            isMissing(reading.client.path, command("front-proxy"))
        }
        if reading.clientKey.status == nil, reading.clientKey.error == nil {
            isMissing(
                reading.clientKey.path,
                leaf == nil ? command("front-proxy") : command("renew --new-key", "or put the key back"))
        }
        return found
    }

    private func authority() -> [StatusFinding] {
        var found: [StatusFinding] = []
        for ca in reading.ca.certificates {
            let path = reading.ca.path
            if !ca.isCertificateAuthority {
                found.append(
                    StatusFinding(
                        .notAnAuthority, path, "\(path) holds \(ca.subject), which is not a CA",
                        hint: .look("openssl x509 -text -in \(path)"), certificate: ca.subject))
            }
            found += dates(
                ca, path,
                renew: reading.ca.certificates.count > 1
                    ? command("rotate-ca", "says what comes next", isFix: false) : command("rotate-ca begin"))
        }
        return found
    }

    private func client() -> [StatusFinding] {
        guard let leaf else { return [] }
        let path = reading.client.path
        var found = dates(leaf, path, renew: command("renew"))
        if leaf.commonName == nil {
            found.append(
                StatusFinding(
                    .noCommonName, path,
                    "\(path) has no common name: --requestheader-allowed-names can only be empty with it", hint: remake)
            )
        }
        if !leaf.extendedKeyUsages.isEmpty, !leaf.extendedKeyUsages.contains(.clientAuth) {
            found.append(
                StatusFinding(
                    .usageWrong, path,
                    "\(path) is not made for client authentication "
                        + "(\(leaf.extendedKeyUsages.map(\.description).joined(separator: ", ")))",
                    hint: remake))
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
                StatusFinding(
                    .notTrusted, path, "\(path) does not verify against \(reading.ca.path): \(why)",
                    hint: sameName ? remake : command("renew", "signs it with \(reading.ca.path)")))
        }
        return found
    }

    private func pairs() -> [StatusFinding] {
        var found: [StatusFinding] = []
        if let fingerprint = reading.clientKey.fingerprint, let leaf, leaf.publicKeyFingerprint != fingerprint {
            found.append(
                StatusFinding(
                    .keyDoesNotMatch, reading.clientKey.path,
                    "\(reading.clientKey.path) is not the key of \(reading.client.path): "
                        + "kube-apiserver does not start with them", hint: command("renew --new-key")))
        }
        if let fingerprint = reading.caKey.fingerprint, !reading.ca.certificates.isEmpty,
            !reading.ca.certificates.contains(where: { $0.publicKeyFingerprint == fingerprint })
        {
            found.append(
                StatusFinding(
                    .authorityKeyDoesNotMatch, reading.caKey.path,
                    "\(reading.caKey.path) is not the key of any CA in \(reading.ca.path): "
                        + "nothing can be renewed with it"))
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
            StatusFinding(
                .sharedAuthority, reading.ca.path,
                "\(ca.subject) in \(reading.ca.path) is also a CA of ordinary clients (\(settings.clientCA ?? "")): "
                    + "their certificates come close to speaking for anybody",
                hint: command("rotate-ca begin", "moves to a CA of its own"), certificate: ca.subject)
        }
    }

    private func rotation() -> [StatusFinding] {
        guard let next = reading.nextCA.certificates.first else { return [] }
        return [
            StatusFinding(
                .rotationUnfinished, reading.nextCA.path,
                "the rotation to \(next.subject) has \(reading.rotation.rawValue)",
                hint: command(reading.rotation == .switched ? "rotate-ca finish" : "rotate-ca switch"))
        ]
    }

    private func dates(_ certificate: Certificate, _ path: String, renew: Hint) -> [StatusFinding] {
        let residual = Residual(certificate.notAfter, at: now)
        let name = "\(certificate.subject) in \(path)"
        if now > certificate.notAfter {
            return [StatusFinding(.expired, path, "\(name) \(residual)", hint: renew, certificate: certificate.subject)]
        }
        if now < certificate.notBefore {
            return [
                StatusFinding(
                    .notYetValid, path, "\(name) is not valid before \(certificate.notBefore.formatted(.iso8601))",
                    certificate: certificate.subject)
            ]
        }
        guard certificate.notAfter.timeIntervalSince(now) < settings.warnWithin else { return [] }
        return [
            StatusFinding(.endsSoon, path, "\(name) ends in \(residual)", hint: renew, certificate: certificate.subject)
        ]
    }

    // MARK: What to type

    private var remake: Hint {
        .fix(
            "mv \(reading.client.path) \(reading.client.path + ".old"); kbootstrap certs front-proxy\(Command(stringLiteral: options))"
        )
    }

    /// A command of `kbootstrap certs` about these files.
    private func command(_ verb: String, _ remark: String = "", isFix: Bool = true) -> Hint {
        let command = Command(stringLiteral: "kbootstrap certs \(verb)\(options)")
        return isFix ? .fix(command, remark) : .look(command, remark)
    }
}
