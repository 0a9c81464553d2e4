// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient
internal import PKI

extension ClaimRow {
    static let aggregationLayer = [
        ClaimRow(.requestHeaderCAPublished, .aggregationLayer, "kube-apiserver publishes a requestheader CA") {
            evidence in
            guard let published = PublishedAuthentication(evidence) else { return notReadable(evidence) }
            guard let pem = published.requestHeaderCA, !pem.isEmpty else {
                if let ended = expiredAuthority(evidence) { return .failed(ended) }
                return .failed(
                    Finding(
                        .requestHeaderCAMissing,
                        "ConfigMap kube-system/extension-apiserver-authentication has no requestheader-client-ca-file: "
                            + "kube-apiserver runs without the aggregation flags"))
            }
            guard let certificates = try? Certificate.read(pem: Array(pem.utf8)) else {
                return .failed(
                    Finding(.requestHeaderCAUnreadable, "the published requestheader-client-ca-file is no certificate"))
            }
            let valid = certificates.filter { $0.notAfter > evidence.askedAt }
            guard !valid.isEmpty else {
                let end = certificates.map(\.notAfter).max().map { $0.formatted(.iso8601) } ?? ""
                return .failed(Finding(.requestHeaderCAExpired, "the published requestheader CA expired on \(end)"))
            }
            return .passed(valid.map(\.subject).joined(separator: ", "))
        },
        ClaimRow(.headersPublished, .aggregationLayer, "callers' names and groups are passed on in headers") {
            evidence in
            guard let published = PublishedAuthentication(evidence), published.requestHeaderCA != nil else {
                return noAuthority(evidence)
            }
            if published.usernameHeaders.isEmpty {
                return .failed(
                    Finding(.usernameHeadersMissing, "requestheader-username-headers is published as an empty list"))
            }
            if published.groupHeaders.isEmpty {
                return .warning(
                    Finding(.groupHeadersMissing, "requestheader-group-headers is published as an empty list"))
            }
            let odd = published.extraPrefixes.filter { !$0.hasSuffix("-") }
            if let prefix = odd.first {
                // kube-apiserver only ever adds prefixes to those that are published.
                let isRepaired = odd.count < published.extraPrefixes.count
                return .warning(
                    Finding(
                        .extraPrefixWithoutDash,
                        "requestheader-extra-headers-prefix is published as \(prefix)"
                            + (isRepaired ? " beside others" : ""),
                        hint: isRepaired ? prune : nil))
            }
            return .passed(published.usernameHeaders.joined(separator: ", "))
        },
        ClaimRow(.allowedNamesPublished, .aggregationLayer, "the allowed names are names") { evidence in
            guard let published = PublishedAuthentication(evidence), published.requestHeaderCA != nil else {
                return noAuthority(evidence)
            }
            let quotes = published.allowedNames.filter { $0.allSatisfy { "'\" ".contains($0) } }
            let summary =
                "requestheader-allowed-names is published with the name \(quotes.map { "'\($0)'" }.joined(separator: ", "))"
            switch quotes.count {
            case 0: break
            case published.allowedNames.count: return .failed(Finding(.allowedNameEmpty, summary))
            default:
                // kube-apiserver only ever adds names to those that are published.
                return .warning(
                    Finding(
                        .allowedNameEmpty,
                        summary + " beside others: it harms nobody, and stays after the flag was corrected",
                        hint: prune))
            }
            return .passed(
                published.allowedNames.isEmpty ? "any name of that CA" : published.allowedNames.joined(separator: ", "))
        },
        ClaimRow(.authoritiesApart, .aggregationLayer, "the requestheader CA differs from the client CA") { evidence in
            guard let published = PublishedAuthentication(evidence), published.requestHeaderCertificates != nil,
                published.clientCertificates != nil
            else { return .notChecked("requestheader CA and client CA are not both published") }
            guard let shared = published.sharedAuthority else { return .passed("") }
            return .warning(Finding(.requestHeaderCAShared, "\(shared) is both requestheader CA and client CA"))
        },
        ClaimRow(.configFits, .aggregationLayer, "ConfigMap extension-apiserver-authentication is of normal size") {
            evidence in
            guard let published = PublishedAuthentication(evidence) else { return notPublished(evidence) }
            let text =
                "\(published.size / 1024) KiB of 1024, \((published.requestHeaderCertificates?.count ?? 0).of("requestheader CA"))"
            return published.size > largestPublished
                ? .warning(Finding(.publishedConfigTooLarge, text)) : .passed(text)
        },
        ClaimRow(
            .hostPairAccepted, .aggregationLayer,
            "this host's front-proxy certificate is accepted by what is published", judge: HostPairClaim.judge),
        ClaimRow(
            .certificateTaken, .aggregationLayer, "the backend takes kube-apiserver's client certificate",
            judge: CertificateTakenClaim.judge),
    ]

    /// Half of what an object may have in etcd (1 MiB): there is time to prune. In bytes.
    private static let largestPublished = 512 << 10

    /// What follows where the ConfigMap was not read: the claim about the requestheader CA says why.
    private static func notPublished(_ evidence: Evidence) -> Judgement {
        .notChecked("ConfigMap extension-apiserver-authentication was not read")
    }

    private static func noAuthority(_ evidence: Evidence) -> Judgement {
        .notChecked("no requestheader CA is published")
    }

    /// Running backends keep what they have read until they restart, so that nothing is deleted (k/k#140130).
    private static let prune = Hint.fix(
        "kbootstrap certs rotate-ca finish --prune\(.frontProxyFiles)",
        "takes out what no API server publishes any more; backends keep the old list until they restart")

    /// kube-apiserver publishes no CA that has ended (pkg/controlplane/controller/clusterauthenticationtrust,
    /// filterExpiredCerts), so that it looks as if there were none.
    private static func expiredAuthority(_ evidence: Evidence) -> Finding? {
        guard let files = evidence.frontProxy, let pem = files.authorities,
            let authorities = try? Certificate.read(pem: Array(pem.utf8)),
            let last = authorities.max(by: { $0.notAfter < $1.notAfter }), last.notAfter < evidence.askedAt
        else { return nil }
        return Finding(
            .requestHeaderCAExpired,
            "no CA is published, because kube-apiserver leaves out what has expired: \(last.subject) in "
                + "\(files.directory) did on \(last.notAfter.formatted(.iso8601))")
    }

    private static func notReadable(_ evidence: Evidence) -> Judgement {
        switch evidence[.authentication] {
        case .refused(404, _):
            .failed(
                Finding(
                    .requestHeaderCAMissing,
                    "there is no ConfigMap kube-system/extension-apiserver-authentication: kube-apiserver makes it at "
                        + "its start", patience: .seconds(15)))
        default: .unread(evidence[.authentication], what: "ConfigMap extension-apiserver-authentication")
        }
    }
}
