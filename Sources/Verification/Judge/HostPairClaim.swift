// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient
internal import PKI

/// Whether backends take this host's front-proxy certificate, by what is published for them.
enum HostPairClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard let files = evidence.frontProxy else { return .notApplicable }
        guard let pem = files.clientCertificate, let client = try? Certificate.read(pem: Array(pem.utf8)).first else {
            return .failed(
                Finding(
                    .clientFilesBroken, about: .file(files.pair.certificate),
                    "no client certificate in \(files.directory): \(files.problems.joined(separator: "; "))"))
        }
        guard let published = PublishedAuthentication(evidence), let ca = published.requestHeaderCA,
            let anchors = try? Certificate.read(pem: Array(ca.utf8))
        else { return .notChecked("no readable requestheader CA is published") }
        let name = client.commonName ?? ""
        if case .refused(let refusal, let reason)? =
            try? verifyChain(client, anchors: anchors, purpose: .client, at: evidence.askedAt)
        {
            switch refusal {
            case .expired:
                return .failed(
                    Finding(
                        .clientExpired, about: .file(files.pair.certificate),
                        "CN=\(name) in \(files.directory) expired on \(client.notAfter.formatted(.iso8601))"))
            case .notYetValid:
                return .failed(
                    Finding(
                        .clientExpired, about: .file(files.pair.certificate),
                        "CN=\(name) in \(files.directory) is not valid before \(client.notBefore.formatted(.iso8601))"))
            case .wrongUsage:
                return .failed(
                    Finding(
                        .clientUsageWrong, about: .file(files.pair.certificate),
                        "CN=\(name) in \(files.directory) has no clientAuth usage"))
            case .unknownAuthority, .other:
                // The same name and another key: somebody has made the CA anew on one side.
                let isRekeyed = anchors.contains { $0.subject == client.issuer }
                return .failed(
                    Finding(
                        isRekeyed ? .publishedCARekeyed : .clientNotSignedByPublishedCA,
                        about: .file(files.pair.certificate),
                        "CN=\(name) in \(files.directory) was signed by \(client.issuer) (AKID \(client.authorityKeyIdentifier ?? "none")), "
                            + "published is \(anchors.map { "\($0.subject) (SKID \($0.subjectKeyIdentifier ?? "none"))" }.joined(separator: ", ")): "
                            + reason))
            }
        }
        let isQuotesOnly = published.allowedNames.allSatisfy { $0.allSatisfy { "'\" ".contains($0) } }
        guard isQuotesOnly || published.allowedNames.contains(name) else {
            return .failed(
                Finding(
                    .clientNameNotAllowed, about: .file(files.pair.certificate),
                    "CN=\(name) in \(files.directory) is not among the allowed names: "
                        + published.allowedNames.joined(separator: ", ")))
        }
        if let problem = files.problems.first {
            return .failed(Finding(.clientFilesBroken, about: .file(files.pair.certificate), problem))
        }
        return .passed("CN=\(name), until \(client.notAfter.formatted(.iso8601.year().month().day()))")
    }
}
