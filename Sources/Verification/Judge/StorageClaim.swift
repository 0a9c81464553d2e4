// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// `/version` comes from kube-apiserver's memory; an object comes from etcd, or from a cache that etcd fills.
enum StorageClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        let answers = evidence.firstReads
        guard !answers.contains(.notAsked) else { return .notApplicable }
        guard let failures = evidence.failedFirstReads else {
            let isUnknown = answers.allSatisfy { if case .refused(401, _) = $0 { true } else { false } }
            return isUnknown ? .notChecked("the caller is not known") : .passed("")
        }
        guard let trouble = evidence.readinessTrouble else {
            return .failed(Finding(.apiServerReadsNothing, failures))
        }
        let isEtcd = trouble.split(separator: ", ").contains { $0.hasPrefix("etcd") }
        return .failed(
            Finding(
                .apiServerReadsNothing, "\(failures); /readyz says that this failed: \(trouble)",
                hint: isEtcd ? etcd : nil))
    }

    private static let etcd = Hint.look(
        "systemctl status etcd", "on the hosts of etcd; with kubeadm: crictl ps -a --name etcd")
}

extension Evidence {
    /// The two objects that every round begins with.
    fileprivate var firstReads: [Answer] { [self[.authentication], self[.apiService]] }

    /// What both reads came to, in words; nil where one of them was answered, be it with a refusal.
    var failedFirstReads: String? {
        let failures = firstReads.compactMap { answer -> String? in
            switch answer {
            case .refused(let code, let message) where code >= 500:
                "HTTP \(code)\(message.isEmpty ? "" : ": \(message)")"
            case .unanswered(let silence): silence.reason
            default: nil
            }
        }
        return failures.count == 2 ? "neither the APIService nor a ConfigMap can be read: \(failures[0])" : nil
    }

    /// The names of the checks that `/readyz?verbose` calls failed (k8s.io/apiserver, server/healthz); nil where it was
    /// not asked or names none.
    fileprivate var readinessTrouble: String? {
        guard case .refused(_, let text) = self[.readiness] else { return nil }
        let names = text.matches(of: /\[-\]([A-Za-z0-9\/._-]+)/).map { String($0.output.1) }
        return names.isEmpty ? nil : names.prefix(5).joined(separator: ", ")
    }
}
