// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
public import PKI

extension FrontProxyStatus {
    private struct Document: Encodable {
        let apiVersion = "kbootstrap/v1"
        let kind = "FrontProxyStatus"
        let directories: [Folder]
    }

    private struct Folder: Encodable {
        let directory: String
        let layout: String
        let rotation: RotationPhase
        let files: [File]
        let findings: [FindingDocument]
    }

    private struct FindingDocument: Encodable {
        let code: String
        let severity: Severity
        let file: String
        let subject: String?
        let message: String
        let short: String
        let hint: String
        let hintKind: String

        init(_ one: StatusFinding) {
            (code, severity, file) = (one.finding.code.rawValue, one.severity, one.file)
            (subject, message, short) = (one.certificate, one.finding.summary, one.short)
            (hint, hintKind) = (one.finding.hint.text, one.finding.hint.label)
        }
    }

    private struct File: Encodable {
        let role: Role
        let file: String
        var mode: String?
        var owner: String?
        var keyMatches: Bool?
        var chainVerifies: Bool?
        var certificate: CertificateDocument?
    }

    private struct CertificateDocument: Encodable {
        let subject: String
        let issuer: String
        let serial: String
        let keyAlgorithm: String
        let subjectKeyIdentifier: String?
        let authorityKeyIdentifier: String?
        let isCertificateAuthority: Bool
        let keyUsages: [String]
        let extendedKeyUsages: [String]
        let names: [String]
        let notBefore: Date
        let notAfter: Date
        let residualSeconds: Int
        let sha256Fingerprint: String
    }

    /// Folders as one JSON document.
    public static func json(_ statuses: [FrontProxyStatus]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(Document(directories: statuses.map(\.folder))), as: UTF8.self)
    }

    private var folder: Folder {
        Folder(
            directory: directory, layout: layout.name, rotation: phase, files: items.map { file($0) },
            findings: findings.map(FindingDocument.init))
    }

    private func file(_ item: Item) -> File {
        File(
            role: item.role, file: item.file, mode: item.mode.map { String($0, radix: 8) },
            owner: item.owner?.description, keyMatches: item.keyMatches, chainVerifies: item.chainVerifies,
            certificate: item.certificate.map { document($0) })
    }

    private func document(_ certificate: Certificate) -> CertificateDocument {
        CertificateDocument(
            subject: certificate.subject, issuer: certificate.issuer, serial: certificate.serial,
            keyAlgorithm: certificate.keyAlgorithm, subjectKeyIdentifier: certificate.subjectKeyIdentifier,
            authorityKeyIdentifier: certificate.authorityKeyIdentifier,
            isCertificateAuthority: certificate.isCertificateAuthority, keyUsages: certificate.keyUsages,
            extendedKeyUsages: certificate.extendedKeyUsages.map(\.description),
            names: certificate.subjectAlternativeNames.map(\.description), notBefore: certificate.notBefore,
            notAfter: certificate.notAfter,
            residualSeconds: Int(certificate.notAfter.timeIntervalSince(moment).rounded(.down)),
            sha256Fingerprint: certificate.fingerprintText)
    }

    /// Folders as metrics for node_exporter's textfile collector.
    public static func prometheus(_ statuses: [FrontProxyStatus]) -> String {
        var text = """
            # HELP kbootstrap_certificate_not_after_timestamp_seconds When the certificate ends, in seconds since 1970.
            # TYPE kbootstrap_certificate_not_after_timestamp_seconds gauge

            """
        // A series that comes twice has the whole file refused, and a CA file may hold a certificate twice.
        var seen = Set<String>()
        for status in statuses {
            for item in status.items {
                guard let certificate = item.certificate else { continue }
                let labels = [
                    ("file", item.file), ("role", item.role.rawValue), ("serial", certificate.serial),
                    ("subject", certificate.subject),
                ].map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
                guard seen.insert(labels).inserted else { continue }
                let end = Int(certificate.notAfter.timeIntervalSince1970)
                text += "kbootstrap_certificate_not_after_timestamp_seconds{\(labels)} \(end)\n"
            }
        }
        text += """
            # HELP kbootstrap_certificates_findings What needs care in the folder, by severity.
            # TYPE kbootstrap_certificates_findings gauge

            """
        for status in statuses {
            for severity in Severity.allCases {
                let count = status.findings.count { $0.severity == severity }
                let folder = escaped(status.directory)
                text +=
                    "kbootstrap_certificates_findings{directory=\"\(folder)\",layout=\"\(status.layout.name)\","
                    + "severity=\"\(severity.rawValue)\"} \(count)\n"
            }
        }
        return text
    }

    /// Prometheus' text format, "comments, help text, and type information": label values.
    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

extension Certificate {
    /// SHA-256 of the certificate, as `AB:CD:…`.
    public var fingerprintText: String {
        fingerprint.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }
            .joined(separator: ":")
    }
}
