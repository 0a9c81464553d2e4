// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// Whether the API servers agree. Where all of them fail alike, the other checks say why; where some do, these are named.
enum APIServersClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.apiServers.count > 1 else { return notAsked(evidence) }
        let allowed = evidence.isAllowed == true
        let asked = evidence.apiServers.filter { if case .unanswered = $0.discovery { false } else { true } }
        let silent = evidence.apiServers.filter { !asked.contains($0) }
        guard !asked.isEmpty else {
            return .notChecked(
                "not reachable from here: \(list(silent))", hint: hint(silent), code: .apiServersNotVisible)
        }
        let total = evidence.apiServers.count

        let failing = asked.filter { fails($0) }
        if !failing.isEmpty {
            guard let good = asked.first(where: { !fails($0) }) else { return .notChecked("none of them reaches it") }
            return .failed(cannotReach(failing, good, total, evidence))
        }
        let lost = asked.filter { losesIdentity($0, allowed) }
        if !lost.isEmpty {
            guard let good = asked.first(where: { !losesIdentity($0, allowed) }) else {
                return .notChecked("callers lose their names at all of them")
            }
            let told = lost.map { "\($0.address) (KB217): \(said($0.reading))" }.joined(separator: "; ")
            return .failed(
                Finding(
                    .someAPIServersLoseIdentity,
                    "\(lost.count) of \(total) API servers \(lost.count == 1 ? "is" : "are") not taken for the aggregator: \(told)",
                    hint: compare(lost[0], good)))
        }
        let gloomy = asked.filter { $0.isUnavailable == true && $0.discovery.object != nil }
        if !gloomy.isEmpty, gloomy.count < asked.count {
            return .warning(
                Finding(
                    .someAPIServersCallItUnavailable,
                    "\(gloomy.map(\.address).joined(separator: ", ")): its own metrics call \(evidence.apiServiceName) unavailable"
                ))
        }
        let names = asked.map(\.address).joined(separator: ", ")
        // All alike, and none of them well: the claims before this one have said so.
        guard asked.contains(where: { $0.discovery.object != nil }) else {
            return .notChecked("none of them reaches it")
        }
        guard silent.isEmpty else {
            return .notChecked(
                "\(names) reached it; not reachable from here: \(list(silent))", hint: hint(silent),
                code: .apiServersNotVisible)
        }
        return .passed(names)
    }

    /// With one API server there is nothing to agree.
    private static func notAsked(_ evidence: Evidence) -> Judgement {
        switch evidence[.apiServerEndpoints] {
        case .object(let endpoints) where evidence.namesBackend && APIServers.addresses(endpoints).count > 1:
            .notChecked("they were not asked one by one")
        case .refused(403, _):
            .notChecked("the caller may not read Endpoints default/kubernetes, which lists them", code: .mayNotRead)
        default: .notApplicable
        }
    }

    /// A 503 may be the other servers' doing, whose verdict stands in the same condition: its own metrics are its own.
    private static func fails(_ one: APIServerEvidence) -> Bool {
        switch one.discovery {
        case .object: false
        case .refused(503, _): one.isUnavailable != false
        default: true
        }
    }

    private static func losesIdentity(_ one: APIServerEvidence, _ allowed: Bool) -> Bool {
        guard allowed, case .refused(let code, _)? = one.reading else { return false }
        return code == 401 || code == 403
    }

    private static func cannotReach(
        _ failing: [APIServerEvidence], _ good: APIServerEvidence, _ total: Int, _ evidence: Evidence
    ) -> Finding {
        let told = failing.map { one -> String in
            let own = code(one, evidence)
            return "\(one.address)\(own.map { " (\($0.rawValue))" } ?? ""): \(said(one.discovery))"
        }
        let first = failing[0]
        let network: Set<FailureCode> = [.backendTimesOut, .backendRefuses, .backendNoRoute, .proxyInBetween]
        let own = code(first, evidence)
        let hint: Hint =
            if let own, network.contains(own) {
                .look(
                    "kubectl -n \(.namespace) get pods -l \(.podSelector) -o wide", "can \(first.address) reach them?")
            } else { compare(first, good) }
        return Finding(
            .someAPIServersCannotReach,
            "\(failing.count) of \(total) API servers cannot use \(evidence.apiServiceName), so that Available flaps: "
                + told.joined(separator: "; "),
            hint: hint)
    }

    /// What the failure would be called where there is one API server.
    private static func code(_ one: APIServerEvidence, _ evidence: Evidence) -> FailureCode? {
        guard case .refused(let status, let message) = one.discovery else { return nil }
        switch status {
        case 401: return .clientCertificateRejected
        case 403: return message.contains("system:anonymous") ? .noClientCertificate : .identityLost
        default: break
        }
        if let code = Catalogue.cause(of: message, in: .connection) { return code }
        // It says no more than that; but where the condition is not True, it is this server that has written it.
        let condition = evidence[.apiService].object?.available ?? .null
        guard condition != .null, condition["status"].string != "True" else { return nil }
        return AvailableCondition(condition, evidence).finding.failure
    }

    private static func said(_ answer: Answer?) -> String {
        guard case .refused(let code, let message)? = answer else { return "no answer" }
        return "HTTP \(code)" + (message.isEmpty ? "" : " \(message)")
    }

    private static func compare(_ odd: APIServerEvidence, _ good: APIServerEvidence) -> Hint {
        .advice(
            "make kube-apiserver's aggregation flags and front-proxy files on \(odd.address.inOneLine) those of "
                + "\(good.address.inOneLine), then run: kbootstrap verify")
    }

    private static func list(_ silent: [APIServerEvidence]) -> String {
        let reasons = silent.map { one -> String in
            if case .unanswered(let silence) = one.discovery { silence.reason } else { "" }
        }
        if let first = reasons.first, reasons.allSatisfy({ $0 == first }) {
            return "\(silent.map(\.address).joined(separator: ", ")) (\(first))"
        }
        return zip(silent, reasons).map { "\($0.address) (\($1))" }.joined(separator: ", ")
    }

    private static func hint(_ silent: [APIServerEvidence]) -> Hint? {
        for case .unanswered(let silence) in silent.map(\.discovery) {
            if let hint = silence.hint { return .advice(hint) }
        }
        return nil
    }
}
