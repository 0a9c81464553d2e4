// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

extension ClaimRow {
    static let apiAccess = [
        ClaimRow(.apiServerAnswers, .apiAccess, "kube-apiserver answers") { evidence in
            switch evidence[.version] {
            case .object(let version): .passed(version["gitVersion"].string ?? "")
            case .refused(401, let message): .failed(Finding(.credentialsRefused, message))
            case .refused(403, let message): .warning(Finding(.mayNotRead, "/version: \(message)"))
            case .refused(let code, let message):
                .failed(Finding(.notKubernetes, "/version answers HTTP \(code): \(message)"))
            case .unanswered(let silence): .failed(silence.finding)
            case .notAsked: .notApplicable
            }
        },
        ClaimRow(
            .apiServerReads, .apiAccess, "kube-apiserver reads the cluster's objects", judge: StorageClaim.judge),
        ClaimRow(.callerMayLook, .apiAccess, "the caller is known and may look") { evidence in
            if case .refused(401, let message) = evidence[.apiService] {
                return .failed(Finding(.credentialsRefused, message))
            }
            let unread = [
                ("the APIService", Question.apiService),
                ("ConfigMap kube-system/extension-apiserver-authentication", .authentication),
                ("the Service", .service), ("its Endpoints", .endpoints), ("its EndpointSlices", .endpointSlices),
                ("its pods", .pods), ("Deployments", .deployments), ("nodes", .nodes), ("pods", .allPods),
            ].filter { if case .refused(403, _) = evidence[$0.1] { true } else { false } }.map(\.0)
            guard !unread.isEmpty else { return .passed("") }
            return .warning(
                Finding(.mayNotRead, "the caller may not read \(unread.joined(separator: ", ")): less can be explained")
            )
        },
        ClaimRow(
            .clocksAgree, .apiAccess, "the clocks of this machine, kube-apiserver and the nodes agree",
            judge: ClocksClaim.judge),
    ]
}
