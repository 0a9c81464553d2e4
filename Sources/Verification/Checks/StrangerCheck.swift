// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import KubernetesClient

/// The proof that identity crosses the hop: a backend that is asked as kube-apiserver asks it, on behalf of a user that
/// nobody knows, must refuse that user by name. An administrator's request proves less: it is let through without a
/// question (k8s.io/apiserver, DelegatingAuthorizationOptions, AlwaysAllowGroups).
enum StrangerCheck {
    static func judge(_ evidence: Evidence) -> Verdict? {
        guard !evidence.strangers.isEmpty else { return nil }
        var refused: [String] = []
        var unreachable: [StrangerEvidence] = []
        for one in evidence.strangers {
            switch one.answer {
            case .unreachable: unreachable.append(one)
            case .status(let code, let message):
                if let finding = finding(one.backend, code, message, evidence) { return .failed(finding) }
                refused.append(one.backend)
            }
        }
        if let one = unreachable.first, case .unreachable(let why) = one.answer {
            let finding = Finding(.backendNotVisible, "\(one.backend) cannot be asked from here: \(why)")
            return refused.isEmpty ? .couldNotAsk(finding) : .warning(finding)
        }
        return .passed(refused.joined(separator: ", "))
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
        let asked = "\(backend), asked for \(evidence.readingPath) as \(StrangerEvidence.user)"
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
        case 200..<300: return Finding(.strangerAdmitted, "\(asked), answers HTTP \(code)")
        default: return Finding(.backendBadStatus, "\(asked), answers HTTP \(code): \(message)")
        }
    }
}
