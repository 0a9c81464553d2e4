// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import PKI

/// Judges certificate chains as Go's crypto/x509 does: the same checks in the same order, refusals in its words.
///
/// The verdict itself is OpenSSL's, by way of PKI; this file finds Go's sentence for it.
enum GoVerification {
    /// Why `chain` is refused, or nil when it is trusted.
    ///
    /// - Parameters:
    ///   - chain: as presented, leaf first.
    ///   - address: the host name or address that was dialled, when this is a server's certificate.
    static func refusal(
        of chain: [Certificate], anchors: [Certificate], purpose: TrustPurpose, address: String? = nil,
        at now: Date = Date()
    ) -> String? {
        guard let leaf = chain.first else { return "tls: no certificates were presented" }
        if let outside = outsideItsDates(leaf, at: now) { return outside }
        if let address, let mismatch = nameMismatch(leaf, address) { return mismatch }
        let verdict: ChainVerdict
        do {
            verdict = try verifyChain(
                leaf, intermediates: Array(chain.dropFirst()), anchors: anchors, purpose: purpose, at: now)
        } catch {
            return "x509: \(error.description)"
        }
        switch verdict {
        case .trusted: return nil
        case .refused(.wrongUsage, _): return "x509: certificate specifies an incompatible key usage"
        case .refused: return "x509: certificate signed by unknown authority" + candidateHint(chain, anchors, now)
        }
    }

    private static func outsideItsDates(_ certificate: Certificate, at now: Date) -> String? {
        let (relation, bound): (String, Date)
        if now < certificate.notBefore {
            (relation, bound) = ("before", certificate.notBefore)
        } else if now > certificate.notAfter {
            (relation, bound) = ("after", certificate.notAfter)
        } else {
            return nil
        }
        return "x509: certificate has expired or is not yet valid: "
            + "current time \(UTCTime(now).rfc3339) is \(relation) \(UTCTime(bound).rfc3339)"
    }

    private static func nameMismatch(_ leaf: Certificate, _ address: String) -> String? {
        let names = leaf.subjectAlternativeNames
        if case .ip(let wanted) = try? SubjectAlternativeName.parse(address) {
            let addresses = names.filter { if case .ip = $0 { true } else { false } }
            guard !addresses.isEmpty else {
                return "x509: cannot validate certificate for \(address) because it doesn't contain any IP SANs"
            }
            if addresses.contains(.ip(wanted)) { return nil }
            return "x509: certificate is valid for \(list(addresses)), not \(address)"
        }
        let hosts = names.filter { if case .dns = $0 { true } else { false } }
        if hosts.contains(where: { covers($0.description, address) }) { return nil }
        if names.isEmpty, leaf.commonName.map({ covers($0, address) }) == true {
            return "x509: certificate relies on legacy Common Name field, use SANs instead"
        }
        guard !hosts.isEmpty else {
            return "x509: certificate is not valid for any names, but wanted to match \(address)"
        }
        return "x509: certificate is valid for \(list(hosts)), not \(address)"
    }

    private static func list(_ names: [SubjectAlternativeName]) -> String {
        names.map(\.description).joined(separator: ", ")
    }

    private static func covers(_ pattern: String, _ host: String) -> Bool {
        let (pattern, host) = (pattern.lowercased(), host.lowercased())
        if pattern == host { return true }
        guard pattern.hasPrefix("*."), let dot = host.firstIndex(of: ".") else { return false }
        return host[dot...] == pattern.dropFirst()
    }

    /// Go names the anchor that looked right and was not.
    private static func candidateHint(_ chain: [Certificate], _ anchors: [Certificate], _ now: Date) -> String {
        guard let last = chain.last, let candidate = anchors.first(where: { $0.subject == last.issuer }) else {
            return ""
        }
        let cause: String
        if let outside = outsideItsDates(candidate, at: now) {
            cause = outside
        } else {
            cause =
                candidate.keyAlgorithm.hasPrefix("RSA")
                ? "crypto/rsa: verification error" : "x509: ECDSA verification failure"
        }
        return " (possibly because of \(cause.quotedAsInGo) while trying to verify candidate authority certificate "
            + "\((candidate.commonName ?? candidate.serial).quotedAsInGo))"
    }
}

extension Certificate {
    /// `SN=…, SKID=…, AKID=…`, as the client certificate authenticator names one.
    var identifierInGo: String {
        "SN=\(serial.decimalFromHexadecimal), SKID=\(subjectKeyIdentifier ?? ""), AKID=\(authorityKeyIdentifier ?? "")"
    }
}

extension String {
    /// A number of any length in decimal digits, as Go prints a serial number.
    var decimalFromHexadecimal: String {
        var digits: [UInt8] = [0]
        for hexadecimal in compactMap({ $0.hexDigitValue }) {
            var carry = hexadecimal
            for index in digits.indices {
                let value = Int(digits[index]) * 16 + carry
                digits[index] = UInt8(value % 10)
                carry = value / 10
            }
            while carry > 0 {
                digits.append(UInt8(carry % 10))
                carry /= 10
            }
        }
        return digits.reversed().map { String($0) }.joined()
    }
}
