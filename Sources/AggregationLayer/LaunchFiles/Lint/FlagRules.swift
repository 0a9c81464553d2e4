// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import PKI

extension LaunchLint {
    /// Which flags are there, how often, and whether this version has them.
    func flagFindings() -> [LaunchFinding] {
        faultFindings() + missingFindings() + repeatedFindings() + versionFindings() + quoteFindings()
    }

    /// What the parser of kube-apiserver's flags refuses.
    private func faultFindings() -> [LaunchFinding] {
        flags.faults.map { fault in
            LaunchFinding(
                .refusesToStart, .failure, at: fault.argument.place,
                text: fault.argument.range == nil ? "" : fault.argument.source,
                fault.message + ": kube-apiserver refuses to start", hint: fault.hint.map { .advice($0) })
        }
    }

    private func missingFindings() -> [LaunchFinding] {
        var found: [LaunchFinding] = []
        func missing(_ names: [String], _ code: LaunchCode, _ severity: Severity, _ why: String) {
            let absent = names.filter { flags.value($0)?.isEmpty ?? true }
            guard !absent.isEmpty else { return }
            let list = absent.map { "--" + $0 }.joined(separator: " and ")
            found.append(
                finding(
                    code, severity, "\(list) \(absent.count == 1 ? "is" : "are") missing: \(why)",
                    hint: applyHint))
        }
        missing(
            ["requestheader-client-ca-file"], .requestHeaderCAMissing, .failure,
            "aggregated servers find no requestheader CA, and do not start")
        if !keyTypedTwice() {
            missing(
                ["proxy-client-cert-file", "proxy-client-key-file"], .proxyClientMissing, .failure,
                "kube-apiserver shows no certificate, and aggregated servers answer 403 to system:anonymous")
        }
        missing(
            ["requestheader-username-headers"], .usernameHeadersMissing, .failure,
            "aggregated servers answer 401, because no header says who the caller is")
        missing(
            ["requestheader-group-headers"], .flagMissing, .warning, "callers arrive without their groups")
        missing(
            ["requestheader-extra-headers-prefix"], .flagMissing, .warning, "callers arrive without their extra fields")
        if flags.isSet("requestheader-client-ca-file"),
            flags.list("requestheader-allowed-names")?.isEmpty ?? !flags.isSet("requestheader-allowed-names")
        {
            found.append(
                finding(
                    .flagMissing, .warning, at: flags.all("requestheader-allowed-names").last,
                    "--requestheader-allowed-names is missing: any certificate of that CA may speak for every user",
                    hint: allowedNamesHint))
        }
        return found
    }

    /// A command that does not refuse the file.
    private var applyHint: Hint {
        guard let refusal = LaunchEdit(file, flags: []).refusal else {
            return .fix("kbootstrap apiserver-flags apply \(file.path)", "adds what is missing")
        }
        guard let hint = refusal.hint else { return .advice("\(refusal)") }
        return hint.hasPrefix("kbootstrap ") ? .fix(Command(stringLiteral: hint)) : .advice(hint)
    }

    var allowedNamesHint: Hint? {
        credentials.clientCertificate?.certificates.first?.commonName
            .map { .advice("--requestheader-allowed-names=\($0)") }
    }

    /// The key flag twice, the certificate's not at all (metrics-server issue 623).
    private func keyTypedTwice() -> Bool {
        flags.all("proxy-client-key-file").count > 1 && !flags.isSet("proxy-client-cert-file")
    }

    private func repeatedFindings() -> [LaunchFinding] {
        var found: [LaunchFinding] = []
        var seen: Set<String> = []
        for flag in flags.flags where seen.insert(flag.name).inserted {
            let all = flags.all(flag.name)
            guard let last = all.last, all.count > 1 else { continue }
            let lines = all.map { String($0.argument.place.line) }.joined(separator: ", ")
            if flag.name == "proxy-client-key-file", keyTypedTwice() {
                let certificate =
                    all.first { file in
                        credentialsHoldCertificate(file.value)
                    } ?? flag
                found.append(
                    finding(
                        .proxyClientMissing, .failure, at: certificate,
                        "--proxy-client-key-file is given twice (lines \(lines)) and --proxy-client-cert-file not at all",
                        hint: .advice("--proxy-client-cert-file=\(certificate.value)")))
            } else if flag.isList || addsUp(flag.name) {
                let values = all.map(\.value)
                guard Set(values).count < values.count else { continue }
                found.append(
                    finding(
                        .duplicate, .warning, at: last, "--\(flag.name) is given \(all.count) times (lines \(lines))",
                        hint: .advice("leave this one out")))
            } else if Set(all.map(\.value)).count == 1 {
                found.append(
                    finding(
                        .duplicate, .warning, at: last, "--\(flag.name) is given \(all.count) times (lines \(lines))",
                        hint: .advice("leave this one out")))
            } else {
                found.append(
                    finding(
                        .contradictory, .failure, at: last,
                        "--\(flag.name) is given \(all.count) times with different values (lines \(lines)): the last one counts",
                        hint: .advice("keep one of: \(all.map { ShellWord.quoted($0.value) }.joined(separator: ", "))"))
                )
            }
        }
        return found
    }

    /// Several issuers are taken since 1.22.
    private func addsUp(_ name: String) -> Bool {
        name == "service-account-issuer" && minorVersion.map { $0 >= 22 } ?? true
    }

    private func credentialsHoldCertificate(_ path: String) -> Bool {
        path.hasSuffix(".crt") || (path.hasSuffix(".pem") && !path.contains("key"))
    }

    private func versionFindings() -> [LaunchFinding] {
        var found: [LaunchFinding] = []
        if let kubeadm = file.kubeadm, let removed = kubeadm.removedIn, let minor = minorVersion, minor >= removed {
            found.append(
                LaunchFinding(
                    .unknownToVersion, .failure, at: kubeadm.place, text: kubeadm.name,
                    "kubeadm 1.\(minor) refuses \(kubeadm.name), which 1.\(removed - 1) was the last to read",
                    hint: .fix("kubeadm config migrate --old-config \(file.path) --new-config new.yaml")))
        }
        for flag in flags.flags {
            if let near = APIServerFlagTable.nearest(to: flag.name) {
                found.append(
                    finding(
                        .unknownToVersion, .failure, at: flag,
                        "kube-apiserver has no flag --\(flag.name), and refuses to start", hint: .advice("--\(near)")))
            }
            guard let span = APIServerFlagTable.spans[flag.name], let minor = minorVersion else { continue }
            if let removed = span.removed, minor >= removed {
                found.append(
                    finding(
                        .unknownToVersion, .failure, at: flag,
                        "kube-apiserver 1.\(minor) has no --\(flag.name) any more, and refuses to start",
                        hint: span.instead.map { .advice($0) }))
            } else if let since = span.since, minor < since {
                found.append(
                    finding(
                        .unknownToVersion, .failure, at: flag,
                        "kube-apiserver 1.\(minor) has no --\(flag.name) yet (1.\(since) has), and refuses to start",
                        hint: .advice("leave it out")))
            }
        }
        for flag in flags.flags
        where APIServerFlagTable.lists.subtracting(APIServerFlagTable.plainLists).contains(flag.name)
            && !flag.name.hasPrefix("requestheader-") && CommandLineFlags.commaSeparated(flag.value) == nil
        {
            found.append(
                finding(
                    .refusesToStart, .failure, at: flag,
                    "--\(flag.name) has a quote in the middle: kube-apiserver refuses to start",
                    hint: .advice("--\(flag.name)=\(flag.value.replacing("\"", with: ""))")))
        }
        if let minor = minorVersion, minor >= 20, file.format == .systemd || file.format == .staticPod {
            for name in ["service-account-issuer", "service-account-signing-key-file"] where !flags.isSet(name) {
                found.append(
                    finding(
                        .refusesToStart, .failure,
                        "--\(name) is missing: kube-apiserver 1.20 and later refuse to start",
                        hint: name == "service-account-issuer"
                            ? .advice("--service-account-issuer=https://kubernetes.default.svc") : nil))
            }
        }
        return found
    }

    private func quoteFindings() -> [LaunchFinding] {
        flags.flags.compactMap { flag in
            guard let first = flag.value.first, let last = flag.value.last, first == "'" || first == "\"",
                first == last, flag.value.count > 1
            else { return nil }
            let bare = String(flag.value.dropFirst().dropLast())
            if flag.name == "requestheader-allowed-names", bare.allSatisfy({ $0 == "'" || $0 == "\"" }) { return nil }
            // pflag reads lists as CSV, which takes double quotes off.
            let isHarmless = flag.isList && !APIServerFlagTable.plainLists.contains(flag.name) && first == "\""
            return finding(
                .literalQuotes, isHarmless ? .warning : .failure, at: flag,
                "the quotes are part of the value of --\(flag.name): no shell is there to take them off",
                hint: .advice("--\(flag.name)=\(bare)"))
        }
    }
}
