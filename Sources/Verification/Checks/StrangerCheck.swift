// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import KubernetesClient

/// The proof that identity crosses the hop: a backend that is asked as kube-apiserver asks it, on behalf of a user that
/// nobody knows, must refuse that user by name. An administrator's request proves less: it is let through without a
/// question (k8s.io/apiserver, DelegatingAuthorizationOptions, AlwaysAllowGroups).
enum StrangerCheck {
    static func judge(_ evidence: Evidence) -> Verdict? {
        guard evidence.strangers.contains(where: { !$0.isClusterIP }) else { return notAsked(evidence) }
        var refused: [String] = []
        for one in evidence.strangers where !one.isClusterIP {
            guard case .status(let code, let message) = one.answer else { continue }
            if let finding = finding(one.backend, code, message, evidence) { return .failed(finding) }
            refused.append(one.backend)
        }
        if let verdict = unreached(evidence, refused) { return verdict }
        return .passed(refused.joined(separator: ", "))
    }

    /// What a backend that gives no answer comes to: where the aggregator reaches it, this host is only not the place to
    /// ask from; where it does not, this host sees why.
    private static func unreached(_ evidence: Evidence, _ refused: [String]) -> Verdict? {
        let works = evidence.discovery.object != nil
        for one in evidence.strangers where !one.isClusterIP {
            guard case .unreachable(let failure, let why) = one.answer else { continue }
            if works || failure == .other {
                let finding = Finding(.backendNotVisible, "\(one.backend) cannot be asked from here: \(why)")
                return refused.isEmpty ? .couldNotAsk(finding) : .warning(finding)
            }
            let code: FailureCode =
                switch failure {
                case .untrusted: .backendNotTrusted
                case .refused: why.contains("no route") ? .backendNoRoute : .backendRefuses
                case .silent, .other: .backendTimesOut
                }
            return .failed(Finding(code, "\(one.backend), asked from this host: \(why)"))
        }
        guard !works, !refused.isEmpty,
            let service = evidence.strangers.first(where: \.isClusterIP),
            case .unreachable(let failure, let why) = service.answer, failure != .untrusted
        else { return nil }
        return .failed(
            Finding(
                failure == .refused ? .backendRefuses : .backendTimesOut,
                "from this host \(refused.joined(separator: ", ")) answers, and the Service's address \(service.backend) does "
                    + "not: \(why)", hint: AvailableCondition.routing))
    }

    /// Where the CAs are apart, a certificate that is not taken for the aggregator's is refused, so that an answer proves
    /// the caller's name. Where they are one, it may be taken for a user's own, and every caller for that user.
    private static func notAsked(_ evidence: Evidence) -> Verdict? {
        guard evidence.reading.object != nil, PublishedAuthentication(evidence)?.sharedAuthority != nil else {
            return nil
        }
        return .couldNotAsk(
            Finding(
                .backendNotVisible,
                "requestheader CA and client CA are one, so that an answer does not prove under whose name the caller arrives",
                hint: "kbootstrap verify --front-proxy-dir DIRECTORY   # on a control-plane host"))
    }

    /// What lets the backend ask, whose name the refusal tells.
    private static func delegation(to refusal: String) -> String? {
        guard let user = refusal.firstMatch(of: /User "([^"]+)" cannot/)?.output.1 else { return nil }
        let account = user.wholeMatch(of: /system:serviceaccount:([^:]+):([^:]+)/)?.output
        let subject = account.map { "--serviceaccount=\($0.1):\($0.2)" } ?? "--user=\(user)"
        let name = "\(account?.2 ?? user):system:auth-delegator".escapingControls
        return "kubectl create clusterrolebinding \(ShellWord.quoted(name)) --clusterrole=system:auth-delegator "
            + ShellWord.quoted(subject.escapingControls)
    }

    private static func finding(_ backend: String, _ code: Int, _ message: String, _ evidence: Evidence) -> Finding? {
        let asked =
            "\(backend), asked for \(evidence.readingPath.isEmpty ? "discovery" : evidence.readingPath) as \(StrangerEvidence.user)"
        if message.contains("subjectaccessreviews") {
            return Finding(
                .authorizationNotDelegated, "\(asked), answers HTTP \(code): \(message)",
                hint: evidence.isMetrics ? nil : delegation(to: message))
        }
        switch code {
        case 403 where message.contains("\"\(StrangerEvidence.user)\""): return nil
        case 403: return Finding(.identityLost, "\(asked), takes the call for somebody else's: \(message)")
        case 401:
            return Finding(
                .clientCertificateRejected,
                "\(asked), rejects this host's front-proxy certificate: \(message.isEmpty ? "401" : message)")
        // Discovery is for every authenticated user.
        case 200..<300 where evidence.readingPath.isEmpty: return nil
        case 200..<300: return Finding(.strangerAdmitted, "\(asked), answers HTTP \(code)")
        default: return Finding(.backendBadStatus, "\(asked), answers HTTP \(code): \(message)")
        }
    }
}
