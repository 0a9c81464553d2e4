// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Core
import FoundationEssentials
import KubernetesClient
import PKI

/// The report of `certs status`: a table, then what needs care, each with what to type.
struct FrontProxyStatusText {
    private let statuses: [FrontProxyStatus]
    private let terminal: Terminal
    private let wide: Bool

    init(_ statuses: [FrontProxyStatus], _ terminal: Terminal, wide: Bool) {
        self.statuses = statuses
        self.terminal = terminal
        self.wide = wide
    }

    func rendered() -> String {
        statuses.map { status in
            "\(status.directory) (layout \(status.layout.name))\n\n" + table(status).rendered() + "\n" + verdict(status)
        }.joined(separator: "\n")
    }

    private func table(_ status: FrontProxyStatus) -> Table {
        var header = ["FILE", "SUBJECT", "ISSUER", "EXPIRES", "RESIDUAL", "KEY", "MODE", "OWNER", "STATUS"]
        if wide { header.insert(contentsOf: ["NOT BEFORE", "USAGES", "SKI", "AKI", "SHA-256"], at: 8) }
        var table = Table(header: header)
        table.rows = status.items.map { item in
            cells(item, status) + (wide ? more(item.certificate) : []) + [word(item, status)]
        }
        return table
    }

    private func cells(_ item: FrontProxyStatus.Item, _ status: FrontProxyStatus) -> [String] {
        let file = String(item.file.dropFirst(status.directory.count).drop { $0 == "/" })
        let mode = item.mode.map { String($0, radix: 8) } ?? "-"
        let owner = item.owner?.description ?? "-"
        guard let certificate = item.certificate else {
            let match = item.keyMatches.map { $0 ? "matches" : "does not match" } ?? "-"
            return [file, item.role.isKey ? "(private key)" : "-", "-", "-", "-", match, mode, owner]
        }
        return [
            file, certificate.subject, certificate.issuer == certificate.subject ? "(itself)" : certificate.issuer,
            Self.day(certificate.notAfter), Residual(certificate.notAfter, at: status.moment).description,
            certificate.keyAlgorithm, mode, owner,
        ]
    }

    private func more(_ certificate: Certificate?) -> [String] {
        guard let certificate else { return Array(repeating: "-", count: 5) }
        let usages = certificate.keyUsages + certificate.extendedKeyUsages.map(\.description)
        return [
            Self.day(certificate.notBefore), usages.isEmpty ? "-" : usages.joined(separator: ","),
            certificate.subjectKeyIdentifier ?? "-", certificate.authorityKeyIdentifier ?? "-",
            certificate.fingerprintText,
        ]
    }

    private static func day(_ date: Date) -> String { date.formatted(.iso8601.year().month().day()) }

    private func word(_ item: FrontProxyStatus.Item, _ status: FrontProxyStatus) -> String {
        let words = status.findings(about: item).map(\.short)
        return words.isEmpty ? "ok" : words.joined(separator: ", ")
    }

    private func verdict(_ status: FrontProxyStatus) -> String {
        guard !status.findings.isEmpty else {
            return Terminal.styled(.green, "√", when: terminal.colorsResults) + " nothing needs care\n"
        }
        return status.findings.map { finding in
            let mark =
                finding.severity == .failure
                ? Terminal.styled(.red, "×", when: terminal.colorsResults)
                : Terminal.styled(.yellow, "‼", when: terminal.colorsResults)
            let hint = finding.finding.hint
            return "\(mark) \(finding.finding.code) \(finding.finding.summary.singleLine)\n"
                + "  \(hint.label): \(hint.text.singleLine)\n"
        }.joined()
    }
}

extension FrontProxyStatus.Role {
    var isKey: Bool { [.caKey, .clientKey, .nextCAKey, .nextClientKey].contains(self) }
}
