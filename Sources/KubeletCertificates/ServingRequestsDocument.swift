// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import PKI

extension ServingRequestVerdict {
    /// A stable word for what may be done with it, or was.
    public var word: String {
        switch request.state {
        case .pending: isGood ? "approvable" : "refused"
        case .approved, .denied, .failed: request.state.rawValue
        }
    }

    /// Verdicts for other programs.
    ///
    /// - Throws: only what the JSON encoder might.
    public static func json(_ verdicts: [ServingRequestVerdict]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let document = ServingRequestsDocument(requests: verdicts.map(ServingRequestsDocument.Request.init))
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }
}

private struct ServingRequestsDocument: Encodable {
    let apiVersion = "kbootstrap/v1"
    let kind = "KubeletServingRequests"
    let requests: [Request]

    struct Request: Encodable {
        let name: String
        let requester: String
        let node: String?
        let names: [String]
        let verdict: String
        let reasons: [String]

        init(_ verdict: ServingRequestVerdict) {
            name = verdict.request.name
            requester = verdict.request.username
            node = verdict.node
            names = verdict.names.map(\.description)
            self.verdict = verdict.word
            reasons = verdict.reasons
        }
    }
}
