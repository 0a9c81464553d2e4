// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// Why no pod was made: the Deployment's own condition ReplicaFailure, or the event FailedCreate of its ReplicaSet.
struct Admission {
    private let evidence: Evidence
    /// The ReplicaSet tries again after 16 minutes at most, and says so in an event; in seconds.
    private static let longestBackOff: TimeInterval = 1000

    init(_ evidence: Evidence) { self.evidence = evidence }

    var judgement: Judgement? { found.map { .failed($0.0, from: $0.1) } }
    var finding: Finding? { found?.0 }

    private var found: (Finding, Source)? {
        guard let (message, source) = said, let code = Catalogue.cause(of: message, in: .admission) else { return nil }
        return (Finding(code, "no pod was made: \(message)", hint: hint(message)), source)
    }

    private var said: (String, Source)? {
        let deployment = evidence.deployment
        // Who wants no pod misses none.
        if deployment?["spec"]["replicas"].int == 0 { return nil }
        let failure = (deployment?["status"]["conditions"].array ?? []).first {
            $0["type"].string == "ReplicaFailure" && $0["status"].string == "True"
        }
        if let message = failure?["message"].string { return (message, .condition) }
        guard evidence.stayingPods?.isEmpty == true || deployment?.isShortOfPods == true else { return nil }
        let moment = evidence.askedAt.addingTimeInterval(-Self.longestBackOff).formatted(.iso8601)
        return (evidence[.events].object?.items ?? [])
            .filter { event in
                event["reason"].string == "FailedCreate" && isOfWorkload(event["involvedObject"])
                    && event.eventTime.map { $0 >= moment } ?? true
            }
            .max { ($0.eventTime ?? "") < ($1.eventTime ?? "") }?["message"].string.map { ($0, .event) }
    }

    /// A ReplicaSet's name is its Deployment's with one more word; others make their pods themselves.
    private func isOfWorkload(_ object: JSONValue) -> Bool {
        guard let name = object["name"].string else { return false }
        let owner = evidence.deployment?.name ?? ServiceTarget(evidence)?.name ?? ""
        guard object["kind"].string == "ReplicaSet" else { return name == owner }
        return name.hasPrefix("\(owner)-") && !name.dropFirst(owner.count + 1).contains("-")
    }

    /// What lets the pod in, by who keeps it out (kube-apiserver, plugin/pkg/admission).
    private func hint(_ message: String) -> Hint? {
        let webhooks: Command = "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml"
        if let name = message.firstMatch(of: /failed calling webhook "([^"]+)"/)?.output.1 {
            return .look(
                webhooks,
                "repair the server of webhook \(String(name).inOneLine), or exclude the namespace from its rules")
        }
        if let name = message.firstMatch(of: /admission webhook "([^"]+)" denied/)?.output.1 {
            return .look(webhooks, "change the policy of webhook \(String(name).inOneLine), or the pod")
        }
        if message.contains("serviceaccount"), message.contains("not found") {
            return evidence.isMetrics
                ? .fix("\(.installMetrics)", "makes the ServiceAccount again")
                : .look("kubectl -n \(.namespace) get serviceaccounts")
        }
        if message.contains("usage per Container") || message.contains("usage per Pod")
            || message.contains("LimitRange")
        {
            return .look("kubectl -n \(.namespace) describe limitranges", "the pod has to keep within them")
        }
        if message.contains("no PriorityClass with name") { return .look("kubectl get priorityclasses") }
        if message.contains("RuntimeClass") { return .look("kubectl get runtimeclasses") }
        return nil
    }
}
