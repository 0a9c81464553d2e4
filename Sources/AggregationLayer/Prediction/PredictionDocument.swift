// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import PKI

extension AggregationPrediction {
    /// The prediction for other programs.
    ///
    /// - Throws: only what the JSON encoder might.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(PredictionDocument(self)), as: UTF8.self) + "\n"
    }
}

private struct PredictionDocument: Encodable {
    let apiVersion = "kbootstrap/v1"
    let kind = "AggregationPrediction"
    let starts: Bool
    let startFailure: String?
    /// Whom the server takes callers for: caller, certificate, anonymous, nobody.
    let identity: String?
    let probeStatus: Int?
    let available: Bool
    let groupsArrive: Bool?
    let extraArrives: Bool?
    let certificateName: String?
    let refusals: [Refusal]

    struct Refusal: Encodable {
        let reason: String
        let logged: String

        init(_ refusal: CertificateRefusal) {
            reason = refusal.name
            logged = refusal.logged
        }
    }

    init(_ prediction: AggregationPrediction) {
        starts = prediction.startFailure == nil
        startFailure = prediction.startFailure
        probeStatus = prediction.verdict?.probeStatus
        available = prediction.verdict?.probeStatus == 200
        certificateName = prediction.shown.first?.commonName
        var identity: String?
        var (groups, extra): (Bool?, Bool?) = (nil, nil)
        var found: [CertificateRefusal] = []
        switch prediction.verdict {
        case .callersOwnName(let hasGroups, let hasExtra):
            identity = "caller"
            (groups, extra) = (hasGroups, hasExtra)
        case .certificatesName(_, _, let refusal):
            identity = "certificate"
            found = [refusal].compactMap { $0 }
        case .anonymous: identity = "anonymous"
        case .refused(let refusals):
            identity = "nobody"
            found = refusals
        case nil: break
        }
        self.identity = identity
        groupsArrive = groups
        extraArrives = extra
        refusals = found.map(Refusal.init)
    }
}
