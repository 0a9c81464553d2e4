// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient
internal import PKI

extension Check {
    static let aggregationLayerChecks = [
        Check(.aggregationLayer, "kube-apiserver publishes a requestheader CA") { evidence in
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
        Check(.aggregationLayer, "callers' names and groups are passed on in headers") { evidence in
            guard let published = PublishedAuthentication(evidence), published.requestHeaderCA != nil else {
                return nil
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
                let isMended = odd.count < published.extraPrefixes.count
                return .warning(
                    Finding(
                        .extraPrefixWithoutDash,
                        "requestheader-extra-headers-prefix is published as \(prefix)"
                            + (isMended ? " beside others" : ""),
                        hint: isMended ? publishAnew : nil))
            }
            return .passed(published.usernameHeaders.joined(separator: ", "))
        },
        Check(.aggregationLayer, "the allowed names are names") { evidence in
            guard let published = PublishedAuthentication(evidence), published.requestHeaderCA != nil else {
                return nil
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
                        summary + " beside others: it harms nobody, and stays where the flag was mended already",
                        hint: publishAnew))
            }
            return .passed(
                published.allowedNames.isEmpty ? "any name of that CA" : published.allowedNames.joined(separator: ", "))
        },
        Check(.aggregationLayer, "the requestheader CA is no client CA") { evidence in
            guard let published = PublishedAuthentication(evidence), published.requestHeaderCertificates != nil,
                published.clientCertificates != nil
            else { return nil }
            guard let shared = published.sharedAuthority else { return .passed("") }
            return .warning(Finding(.requestHeaderCAShared, "\(shared) is both requestheader CA and client CA"))
        },
        Check(
            .aggregationLayer, "this host's front-proxy certificate is accepted by what is published",
            judge: frontProxyFiles),
        authenticationLogCheck,
    ]

    private static let publishAnew =
        "kubectl -n kube-system delete configmap extension-apiserver-authentication   # it is made anew"

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

    private static func notReadable(_ evidence: Evidence) -> Verdict? {
        switch evidence.authentication {
        case .refused(404, _):
            .failed(
                Finding(
                    .requestHeaderCAMissing,
                    "there is no ConfigMap kube-system/extension-apiserver-authentication: kube-apiserver makes it at "
                        + "its start", patience: .seconds(15)))
        default: Check.unread(evidence.authentication)
        }
    }

    private static func frontProxyFiles(_ evidence: Evidence) -> Verdict? {
        guard let files = evidence.frontProxy else { return nil }
        guard let pem = files.clientCertificate, let client = try? Certificate.read(pem: Array(pem.utf8)).first else {
            return .failed(
                Finding(
                    .clientFilesBroken,
                    "no client certificate in \(files.directory): \(files.problems.joined(separator: "; "))"))
        }
        guard let published = PublishedAuthentication(evidence), let ca = published.requestHeaderCA,
            let anchors = try? Certificate.read(pem: Array(ca.utf8))
        else { return nil }
        let name = client.commonName ?? ""
        if case .refused(let refusal, let reason)? =
            try? verifyChain(client, anchors: anchors, purpose: .client, at: evidence.askedAt)
        {
            switch refusal {
            case .expired:
                return .failed(
                    Finding(
                        .clientExpired,
                        "CN=\(name) in \(files.directory) expired on \(client.notAfter.formatted(.iso8601))"))
            case .notYetValid:
                return .failed(
                    Finding(
                        .clientExpired,
                        "CN=\(name) in \(files.directory) is not valid before \(client.notBefore.formatted(.iso8601))"))
            case .wrongUsage:
                return .failed(Finding(.clientUsageWrong, "CN=\(name) in \(files.directory) has no clientAuth usage"))
            case .unknownAuthority, .other:
                // The same name and another key: somebody has made the CA anew on one side.
                let isRekeyed = anchors.contains { $0.subject == client.issuer }
                return .failed(
                    Finding(
                        isRekeyed ? .publishedCARekeyed : .clientNotSignedByPublishedCA,
                        "CN=\(name) in \(files.directory) was signed by \(client.issuer) (AKID \(client.authorityKeyIdentifier ?? "none")), "
                            + "published is \(anchors.map { "\($0.subject) (SKID \($0.subjectKeyIdentifier ?? "none"))" }.joined(separator: ", ")): "
                            + reason))
            }
        }
        let isQuotesOnly = published.allowedNames.allSatisfy { $0.allSatisfy { "'\" ".contains($0) } }
        guard isQuotesOnly || published.allowedNames.contains(name) else {
            return .failed(
                Finding(
                    .clientNameNotAllowed,
                    "CN=\(name) in \(files.directory) is not among the allowed names: "
                        + published.allowedNames.joined(separator: ", ")))
        }
        if let problem = files.problems.first { return .failed(Finding(.clientFilesBroken, problem)) }
        return .passed("CN=\(name), until \(client.notAfter.formatted(.iso8601.year().month().day()))")
    }
}

/// ConfigMap kube-system/extension-apiserver-authentication: the union of what every API server has published.
struct PublishedAuthentication {
    private let data: JSONValue

    init?(_ evidence: Evidence) {
        guard let object = evidence.authentication.object else { return nil }
        data = object["data"]
    }

    var requestHeaderCA: String? { data["requestheader-client-ca-file"].string }
    var clientCA: String? { data["client-ca-file"].string }
    var requestHeaderCertificates: [Certificate]? { Self.certificates(requestHeaderCA) }
    var clientCertificates: [Certificate]? { Self.certificates(clientCA) }
    /// The subject of a CA that signs both the aggregator's certificate and users'.
    var sharedAuthority: String? {
        let keys = Set((clientCertificates ?? []).map(\.publicKeyFingerprint))
        return requestHeaderCertificates?.first { keys.contains($0.publicKeyFingerprint) }?.subject
    }
    var allowedNames: [String] { list("requestheader-allowed-names") }
    var usernameHeaders: [String] { list("requestheader-username-headers") }
    var groupHeaders: [String] { list("requestheader-group-headers") }
    var extraPrefixes: [String] { list("requestheader-extra-headers-prefix") }

    private static func certificates(_ pem: String?) -> [Certificate]? {
        pem.flatMap { try? Certificate.read(pem: Array($0.utf8)) }
    }

    private func list(_ key: String) -> [String] {
        guard let text = data[key].string, let value = try? JSONValue.parse(Array(text.utf8)) else { return [] }
        return (value.array ?? []).compactMap { $0.string?.escapingControls }
    }
}
