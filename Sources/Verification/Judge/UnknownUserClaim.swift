// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// The proof that identity crosses the hop: a backend that is asked as kube-apiserver asks it, on behalf of a user that
/// does not exist, must refuse that user by name. An administrator's request proves less: it is let through without a
/// question (k8s.io/apiserver, DelegatingAuthorizationOptions, AlwaysAllowGroups).
enum UnknownUserClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.unknownUsers.contains(where: { !$0.isClusterIP }) else { return notAsked(evidence) }
        var refused: [String] = []
        var unasked: [String] = []
        for one in evidence.unknownUsers where !one.isClusterIP {
            guard case .status(let code, let message) = one.answer else { continue }
            if let finding = finding(one.backend, code, message, evidence) { return .failed(finding) }
            // Discovery is for every authenticated user: an answer proves nothing.
            if code == 403 { refused.append(one.backend) } else { unasked.append(one.backend) }
        }
        if let judgement = unreached(evidence, refused) { return judgement }
        guard !refused.isEmpty else {
            return .notChecked(
                "\(unasked.joined(separator: ", ")) offers nothing that it refuses anybody, so that nothing is proven")
        }
        return .passed(refused.joined(separator: ", "))
    }

    /// What a backend that gives no answer comes to: where the aggregator reaches it, this host is only not the place to
    /// ask from; where it does not, this host sees why.
    private static func unreached(_ evidence: Evidence, _ refused: [String]) -> Judgement? {
        let works = evidence[.discovery].object != nil
        for one in evidence.unknownUsers where !one.isClusterIP {
            guard case .unreachable(let failure, let why) = one.answer else { continue }
            let seen = ConnectionFailure(evidence).finding(
                why, "\(one.backend), asked from this host: \(why)", about: subject(evidence))
            if works || (failure == .other && seen == nil) {
                let text = "\(one.backend) cannot be asked from here: \(why)"
                return refused.isEmpty
                    ? .notChecked(text, code: .backendNotVisible) : .warning(Finding(.backendNotVisible, text))
            }
            // A handshake that fails before any certificate is seen accuses none.
            if let seen { return .failed(seen) }
            let code: FailureCode =
                switch failure {
                case .untrusted: .backendNotTrusted
                case .closed: .connectionClosed
                case .refused: .backendRefuses
                case .noRoute: .backendNoRoute
                case .silent, .other: .backendTimesOut
                }
            return .failed(Finding(code, about: subject(evidence), "\(one.backend), asked from this host: \(why)"))
        }
        guard !works, !refused.isEmpty,
            let service = evidence.unknownUsers.first(where: \.isClusterIP),
            case .unreachable(let failure, let why) = service.answer, failure != .untrusted
        else { return nil }
        return .failed(
            Finding(
                failure == .refused ? .backendRefuses : .backendTimesOut,
                "from this host \(refused.joined(separator: ", ")) answers, and the Service's address \(service.backend) does "
                    + "not: \(why)", hint: ConnectionHint.routing))
    }

    /// Where the CAs are apart, a certificate that is not taken for the aggregator's is refused, so that an answer proves
    /// the caller's name. Where they are one, it may be taken for a user's own, and every caller for that user.
    private static func notAsked(_ evidence: Evidence) -> Judgement {
        guard evidence[.reading].object != nil, PublishedAuthentication(evidence)?.sharedAuthority != nil else {
            return evidence.frontProxy == nil
                ? .notApplicable : .notChecked("no backend is known that could be asked from here")
        }
        return .notChecked(
            "requestheader CA and client CA are one, so an answer does not prove under whose name the caller arrives",
            hint: .look("kbootstrap verify --front-proxy-dir /var/lib/kubernetes", "on a control-plane host"),
            code: .backendNotVisible)
    }

    /// What lets the backend ask, whose name the refusal says.
    private static func delegation(to refusal: String) -> Hint? {
        guard let user = refusal.firstMatch(of: /User "([^"]+)" cannot/).map({ String($0.output.1) }) else {
            return nil
        }
        let account = user.wholeMatch(of: /system:serviceaccount:([^:]+):([^:]+)/)?.output
        let subject = account.map { "--serviceaccount=\($0.1):\($0.2)" } ?? "--user=\(user)"
        let name = "\(account.map { String($0.2) } ?? user):system:auth-delegator"
        return .fix(
            "kubectl create clusterrolebinding \(name.inOneLine) --clusterrole=system:auth-delegator \(subject.inOneLine)"
        )
    }

    /// This host's certificate, which need not be that of the API server that was asked.
    private static func subject(_ evidence: Evidence) -> Subject {
        .file(evidence.frontProxy?.pair.certificate ?? "")
    }

    private static func finding(_ backend: String, _ code: Int, _ message: String, _ evidence: Evidence) -> Finding? {
        let asked =
            "\(backend), asked for \(evidence.readingPath.isEmpty ? "discovery" : evidence.readingPath) as \(UnknownUserEvidence.user)"
        if code >= 400, code != 401, let cause = Catalogue.cause(of: message, in: .process) {
            let hint: Hint? =
                switch cause {
                case .authorizationNotDelegated where !evidence.isMetrics: delegation(to: message)
                case .webhookBreaksReviews: BrokenReviews(evidence).hint(message)
                default: nil
                }
            return Finding(
                cause, about: subject(evidence), "\(asked), answers HTTP \(code): \(message)", hint: hint)
        }
        switch code {
        case 403 where message.contains("\"\(UnknownUserEvidence.user)\""): return nil
        case 403 where RefusedUser.name(in: message) == nil:
            return Finding(.backendBadStatus, about: subject(evidence), "\(asked), answers HTTP 403: \(message)")
        case 403:
            return Finding(
                .identityLost, about: subject(evidence), "\(asked), takes the call for somebody else's: \(message)")
        case 401:
            return Finding(
                .clientCertificateRejected, about: subject(evidence),
                "\(asked), rejects this host's front-proxy certificate: \(message.isEmpty ? "401" : message)")
        // Discovery is for every authenticated user.
        case 200..<300 where evidence.readingPath.isEmpty: return nil
        case 200..<300: return Finding(.unknownUserAdmitted, about: subject(evidence), "\(asked), answers HTTP \(code)")
        default:
            return Finding(.backendBadStatus, about: subject(evidence), "\(asked), answers HTTP \(code): \(message)")
        }
    }
}
