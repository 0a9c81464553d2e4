// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import PKI

extension KubeletCertificateRequestVerdict {
    /// A stable word for what may be done with it, or was; `approved` also where the certificate is there.
    public var word: String {
        switch request.state {
        case .pending: isGood ? "approvable" : "refused"
        case .approved, .issued: "approved"
        case .denied, .failed: request.state.rawValue
        }
    }

    /// Verdicts for other programs.
    ///
    /// - Throws: only what the JSON encoder might.
    public static func json(_ verdicts: [KubeletCertificateRequestVerdict]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let document = KubeletCertificateRequestsDocument(
            requests: verdicts.map(KubeletCertificateRequestsDocument.Request.init))
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }
}

private struct KubeletCertificateRequestsDocument: Encodable {
    let apiVersion = "kbootstrap/v1"
    let kind = "KubeletServingRequests"
    let requests: [Request]

    struct Request: Encodable {
        let name: String
        let requester: String
        let node: String?
        let names: [String]
        let verdict: String
        /// `pending`, `approved` (and not signed), `issued`, `denied`, `failed`.
        let state: String
        let decided: Date?
        let reasons: [String]

        init(_ verdict: KubeletCertificateRequestVerdict) {
            name = verdict.request.name
            requester = verdict.request.username
            node = verdict.node
            names = verdict.names.map(\.description)
            self.verdict = verdict.word
            state = verdict.request.state.rawValue
            decided = verdict.request.decided
            reasons = verdict.reasons
        }
    }
}
