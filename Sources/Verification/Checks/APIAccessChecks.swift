// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

extension Check {
    static let apiAccessChecks = [
        Check(.apiAccess, "kube-apiserver answers") { evidence in
            switch evidence.version {
            case .object(let version): .passed(version["gitVersion"].string ?? "")
            case .refused(401, let message): .failed(Finding(.credentialsRefused, message))
            case .refused(403, let message): .warning(Finding(.mayNotRead, "/version: \(message)"))
            case .refused(let code, let message):
                .failed(Finding(.notKubernetes, "/version answers HTTP \(code): \(message)"))
            case .unanswered(let finding): .failed(finding)
            case .notAsked: nil
            }
        },
        Check(.apiAccess, "the caller is known and may look") { evidence in
            guard evidence.isAnswered else { return nil }
            if case .refused(401, let message) = evidence.apiService {
                return .failed(Finding(.credentialsRefused, message))
            }
            if case .refused(403, let message) = evidence.apiService {
                return .failed(
                    Finding(.callerDenied, "the APIService may not be read: \(message)"))
            }
            let unread = [
                ("ConfigMap kube-system/extension-apiserver-authentication", evidence.authentication),
                ("the Service", evidence.service), ("its Endpoints", evidence.endpoints), ("its pods", evidence.pods),
                ("nodes", evidence.nodes), ("pods", evidence.allPods),
            ].filter { if case .refused(403, _) = $0.1 { true } else { false } }.map(\.0)
            guard !unread.isEmpty else { return .passed("") }
            return .warning(
                Finding(.mayNotRead, "the caller may not read \(unread.joined(separator: ", ")): less can be explained")
            )
        },
    ]
}
