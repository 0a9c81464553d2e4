// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import PKI

extension LaunchLint {
    /// The files behind the flags: there, of the right kind, fitting together, within their dates.
    func credentialFindings() -> [LaunchFinding] {
        let swapped = swappedFindings()
        return fileFindings() + swapped + (swapped.isEmpty ? kindFindings() + pairFindings() : []) + chainFindings()
            + dateFindings() + sharedFindings()
    }

    private var files: [LaunchCredentials.File] {
        [
            credentials.requestHeaderCA, credentials.clientCertificate, credentials.clientKey, credentials.clientCA,
        ].compactMap { $0 }
    }

    private func fileFindings() -> [LaunchFinding] {
        files.compactMap { file in
            switch file.content {
            case .missing:
                return finding(
                    .fileMissing, .failure, at: file.flag, "\(file.hostPath) is not there",
                    hint: file.name == "client-ca-file"
                        ? .look("ls -l \(file.hostPath)")
                        : .fix("kbootstrap certs front-proxy --dir \(FilePathText.directory(of: file.hostPath))"))
            case .unreadable(let reason):
                return finding(
                    .fileUnreadable, .failure, at: file.flag, reason, hint: .look("head -1 \(file.hostPath)"))
            case .notMounted:
                let folder = FilePathText.directory(of: file.path)
                let isContainer = self.file.containerVerb != nil
                return finding(
                    .notMounted, .failure, at: file.flag,
                    "no volume of the \(isContainer ? "container" : "pod") holds \(file.path): the program does not see it",
                    hint: .advice(
                        isContainer
                            ? "-v \(folder):\(folder):ro, before the image" : "mount \(folder) with a hostPath volume"))
            case .key(let isOpen, let mode, _):
                guard isOpen, file.hostPath == credentials.clientKey?.hostPath else { return nil }
                return finding(
                    .keyReadableByOthers, .warning, at: file.flag,
                    "\(file.hostPath) is a private key that others may read (mode \(mode))",
                    hint: .fix("chmod 600 \(file.hostPath)"))
            case .certificates: return nil
            }
        }
    }

    private func swappedFindings() -> [LaunchFinding] {
        guard let certificate = credentials.clientCertificate, let key = credentials.clientKey,
            case .key = certificate.content, case .certificates = key.content
        else { return [] }
        return [
            finding(
                .certificateAndKeySwapped, .failure, at: certificate.flag,
                "\(certificate.path) is a private key and \(key.path) a certificate: the two are swapped",
                hint: .advice("--proxy-client-cert-file=\(key.path) --proxy-client-key-file=\(certificate.path)"))
        ]
    }

    private func kindFindings() -> [LaunchFinding] {
        files.compactMap { file in
            let wantsKey = file.name == "proxy-client-key-file"
            switch file.content {
            case .key where !wantsKey:
                return finding(
                    .certificateAndKeySwapped, .failure, at: file.flag,
                    "\(file.path) is a private key, where --\(file.name) takes a certificate")
            case .certificates where wantsKey:
                return finding(
                    .certificateAndKeySwapped, .failure, at: file.flag,
                    "\(file.path) is a certificate, where --proxy-client-key-file takes its private key")
            default: return nil
            }
        }
    }

    private func pairFindings() -> [LaunchFinding] {
        guard let certificate = credentials.clientCertificate?.certificates.first, let key = credentials.clientKey,
            case .key(_, _, let fingerprint) = key.content, certificate.publicKeyFingerprint != fingerprint
        else { return [] }
        return [
            finding(
                .keyDoesNotMatch, .failure, at: key.flag,
                "\(key.path) is not the key of \(credentials.clientCertificate?.path ?? "the certificate")",
                hint: .advice("put back the two that belong together"))
        ]
    }

    private func chainFindings() -> [LaunchFinding] {
        guard let file = credentials.clientCertificate, let leaf = file.certificates.first,
            let anchors = credentials.requestHeaderCA, !anchors.certificates.isEmpty
        else { return [] }
        let verdict: ChainVerdict?
        do throws(OpenSSLError) {
            verdict = try verifyChain(
                leaf, intermediates: Array(file.certificates.dropFirst()), anchors: anchors.certificates,
                purpose: .client, at: options.now)
        } catch { verdict = .refused(.other, reason: error.description) }
        guard case .refused(let refusal, let reason) = verdict else { return [] }
        switch refusal {
        case .expired, .notYetValid: return []
        case .wrongUsage:
            return [
                finding(
                    .usageWrong, .failure, at: file.flag,
                    "\(file.path) is not for client authentication "
                        + "(\(leaf.extendedKeyUsages.map(\.description).joined(separator: ", ")))",
                    hint: .fix("kbootstrap certs front-proxy", "makes one that is"))
            ]
        case .unknownAuthority, .other:
            let sameName = anchors.certificates.contains { $0.subject == leaf.issuer }
            return [
                finding(
                    .notSigned, .failure, at: file.flag,
                    "\(file.path) does not lead to \(anchors.path): "
                        + (sameName ? "that CA has the issuer's name and another key" : reason),
                    hint: .advice(
                        "issuer: \(leaf.issuer); the CA file holds: "
                            + anchors.certificates.map(\.subject).joined(separator: ", ")))
            ]
        }
    }

    private func dateFindings() -> [LaunchFinding] {
        files.filter { $0.name != "client-ca-file" }.flatMap { file -> [LaunchFinding] in
            // A bundle may hold a CA that has ended, as long as another has not.
            let bundle = file.certificates
            guard let best = bundle.max(by: { $0.notAfter < $1.notAfter }) else { return [] }
            let judged = file.name == "proxy-client-cert-file" ? bundle.first ?? best : best
            let end = judged.notAfter.formatted(.iso8601)
            let renew = Hint.fix("kbootstrap certs front-proxy", "kube-apiserver reads new files by itself")
            if options.now > judged.notAfter {
                return [finding(.expired, .failure, at: file.flag, "\(file.path) expired on \(end)", hint: renew)]
            }
            if options.now < judged.notBefore {
                let start = judged.notBefore.formatted(.iso8601)
                return [
                    finding(
                        .expired, .failure, at: file.flag, "\(file.path) is not valid before \(start)",
                        hint: .look("date", "is this machine's clock right?"))
                ]
            }
            guard judged.notAfter.timeIntervalSince(options.now) < Double(options.warnWithinDays) * 86400 else {
                return []
            }
            return [finding(.expiresSoon, .warning, at: file.flag, "\(file.path) expires on \(end)", hint: renew)]
        }
    }

    private func sharedFindings() -> [LaunchFinding] {
        guard let own = credentials.requestHeaderCA, let clients = credentials.clientCA else { return [] }
        let keys = Set(clients.certificates.map(\.publicKeyFingerprint))
        guard let shared = own.certificates.first(where: { keys.contains($0.publicKeyFingerprint) }) else { return [] }
        let names = flags.list("requestheader-allowed-names") ?? []
        let isSame = clients.certificates.contains(shared)
        var found = [
            finding(
                .sharedCA, .warning, at: own.flag,
                "\(shared.subject) is both requestheader CA and client CA: "
                    + (names.isEmpty
                        ? "every client certificate may speak for any user"
                        : "the holder of a client certificate with an allowed name may speak for any user"),
                hint: .fix("kbootstrap certs front-proxy", "makes a CA of its own"))
        ]
        if names.isEmpty, isSame, minorVersion.map({ $0 >= 35 }) ?? false {
            found.append(
                finding(
                    .refusesToStart, .failure, at: own.flag,
                    "kube-apiserver 1.35 and later refuse to start with this CA for both and no "
                        + "--requestheader-allowed-names",
                    hint: allowedNamesHint))
        }
        return found
    }
}

/// Paths as text.
enum FilePathText {
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
