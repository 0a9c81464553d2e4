// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials

/// The findings of several launch files as documents for other programs.
public struct LaunchLintReport: Sendable {
    /// A file that was judged, and what was found.
    public struct Entry: Sendable {
        public let path: String
        public let format: LaunchFormat
        public let findings: [LaunchFinding]

        public init(path: String, format: LaunchFormat, findings: [LaunchFinding]) {
            self.path = path
            self.format = format
            self.findings = findings
        }
    }

    public let entries: [Entry]

    public init(_ entries: [Entry]) { self.entries = entries }

    public var findings: [LaunchFinding] { entries.flatMap(\.findings) }

    /// - Throws: only what the JSON encoder might.
    public func json() throws -> String {
        try Self.encoded(
            Document(
                files: entries.map { entry in
                    Document.File(
                        path: entry.path, format: entry.format.rawValue,
                        findings: entry.findings.map(Document.Finding.init))
                }))
    }

    /// SARIF 2.1.0 (OASIS), as code scanning services read it.
    ///
    /// - Throws: only what the JSON encoder might.
    public func sarif() throws -> String {
        let rules = LaunchCode.allCases.map {
            SARIF.Rule(id: $0.rawValue, shortDescription: SARIF.Text(text: $0.summary))
        }
        let results = findings.map { finding in
            SARIF.Result(
                ruleId: finding.code.rawValue, level: finding.severity == .failure ? "error" : "warning",
                message: SARIF.Text(text: "\(finding.finding.summary); \(finding.finding.hint.text)"),
                locations: [
                    SARIF.Location(
                        physicalLocation: .init(
                            artifactLocation: .init(uri: Self.uri(finding.place.file)),
                            region: .init(startLine: finding.place.line, startColumn: finding.place.column)))
                ])
        }
        return try Self.encoded(
            SARIF(runs: [.init(tool: .init(driver: .init(rules: rules)), results: results)]))
    }

    /// A path as a relative or absolute URI reference.
    private static func uri(_ path: String) -> String {
        path.utf8.map { byte in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-._~/".utf8.contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }

    private static func encoded(_ document: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }
}

private struct Document: Encodable {
    struct File: Encodable {
        let path: String
        let format: String
        let findings: [Finding]
    }

    struct Finding: Encodable {
        let code: String
        let severity: String
        let file: String
        let line: Int
        let column: Int
        let text: String
        let message: String
        let hint: String
        let hintKind: String
        let catalogue: [String]

        init(_ finding: LaunchFinding) {
            code = finding.code.rawValue
            severity = finding.severity.rawValue
            file = finding.place.file
            line = finding.place.line
            column = finding.place.column
            text = finding.text
            message = finding.finding.summary
            hint = finding.finding.hint.text
            hintKind = finding.finding.hint.label
            catalogue = finding.code.catalogue
        }
    }

    let apiVersion = "kbootstrap/v1"
    let kind = "LaunchFileReport"
    let files: [File]
}

private struct SARIF: Encodable {
    struct Text: Encodable { let text: String }
    struct Rule: Encodable {
        let id: String
        let shortDescription: Text
    }
    struct Driver: Encodable {
        let name = "kbootstrap"
        let rules: [Rule]
    }
    struct Tool: Encodable { let driver: Driver }
    struct Location: Encodable {
        struct Physical: Encodable {
            struct Artifact: Encodable { let uri: String }
            struct Region: Encodable {
                let startLine: Int
                let startColumn: Int
            }
            let artifactLocation: Artifact
            let region: Region
        }
        let physicalLocation: Physical
    }
    struct Result: Encodable {
        let ruleId: String
        let level: String
        let message: Text
        let locations: [Location]
    }
    struct Run: Encodable {
        let tool: Tool
        let columnKind = "unicodeCodePoints"
        let results: [Result]
    }

    let schema = "https://json.schemastore.org/sarif-2.1.0.json"
    let version = "2.1.0"
    let runs: [Run]

    enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version, runs
    }
}
