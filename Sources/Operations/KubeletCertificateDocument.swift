// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import FoundationEssentials
internal import PKI

extension KubeletCertificateIssue {
    private struct Document: Encodable {
        let apiVersion = "kbootstrap/v1"
        let kind = "KubeletServingCertificates"
        let directory: String
        let nodes: [Node]
    }

    private struct Node: Encodable {
        let name: String
        let names: [String]
        let notAfter: Date?
        let outcome: PairFiles.Outcome?
        let reasons: [String]
    }

    /// The rows for other programs.
    ///
    /// - Throws: only what the JSON encoder might.
    public static func json(_ rows: [Row], directory: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let nodes = rows.map { row in
            Node(
                name: row.node, names: row.names.map(\.description), notAfter: row.notAfter, outcome: row.outcome,
                reasons: row.reasons)
        }
        return String(decoding: try encoder.encode(Document(directory: directory, nodes: nodes)), as: UTF8.self)
    }
}
