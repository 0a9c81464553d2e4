// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import PKI

extension KubeletInspection {
    /// The inspection for other programs.
    ///
    /// - Throws: only what the JSON encoder might.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return String(
            decoding: try encoder.encode(KubeletDocument(nodes: rows.map(KubeletDocument.Node.init))), as: UTF8.self)
    }
}

private struct KubeletDocument: Encodable {
    let apiVersion = "kbootstrap/v1"
    let kind = "KubeletInspection"
    let nodes: [Node]

    struct Node: Encodable {
        let name: String
        let address: String?
        let port: Int
        let verdict: String
        let verified: Bool
        let reason: String?
        let subject: String?
        let issuer: String?
        let names: [String]
        let unnamedAddresses: [String]
        let notAfter: Date?
        let anonymousStatus: Int?
        let request: String?
        let requestName: String?
        let virtual: String?

        init(_ row: KubeletInspection.Row) {
            name = row.node.name
            address = row.address
            port = row.port
            verdict = row.verdict.name
            verified = row.verdict.isVerified
            if case .notVisible(let why) = row.verdict { reason = why } else { reason = nil }
            subject = row.leaf?.subject
            issuer = row.leaf?.issuer
            names = row.leaf?.subjectAlternativeNames.map(\.description) ?? []
            unnamedAddresses = row.unnamed
            notAfter = row.leaf?.notAfter
            anonymousStatus = row.anonymousStatus
            request = row.request == .unknown ? nil : row.request.name
            requestName = row.request.request
            virtual = row.node.virtualMark
        }
    }
}
