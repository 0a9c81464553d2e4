// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import PKI

extension KubeletInspection.Row {
    /// What metrics-server will see, in a few words, and what else is to be known of a kubelet that it can scrape.
    public var words: String {
        if isAside { return "nothing that counts: a virtual Node (\(node.virtualMark ?? ""))" }
        let others = verdict.isVerified && !unnamed.isEmpty ? "; it is not for \(unnamed.joined(separator: ", "))" : ""
        let next = verdict != .noCertificate && request.isOpen ? "; \(request.words)" : ""
        return certificate + others + next + (isOpen ? "; anybody may read its metrics" : "")
    }

    private var certificate: String {
        switch verdict {
        case .verified: "a certificate that it accepts"
        case .expiresSoon: "a certificate that it accepts, and that expires soon"
        case .expired(let end): "a certificate that ended on \(end.formatted(.iso8601.year().month().day()))"
        case .notYetValid(let begin): "a certificate that is not valid before \(begin.formatted(.iso8601))"
        case .authorityExpired(let name, let end):
            "a certificate of \(name), which ended on \(end.formatted(.iso8601.year().month().day()))"
        case .otherNames(let names):
            names.isEmpty
                ? "a certificate without any address, so not for \(address ?? "")"
                : "a certificate valid for \(names.joined(separator: ", ")), not \(address ?? "")"
        case .selfSigned: "a certificate that kubelet signed itself"
        case .otherAuthority(let issuer): "a certificate of \(issuer), which the cluster's CA does not lead to"
        case .wrongUsage: "a certificate that is not for servers"
        case .noCertificate: "no certificate: \(request.words)"
        case .notTLS: "no TLS"
        case .notVisible(let reason): "not visible from here: \(reason)"
        }
    }
}
