// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// Why no pod was made: the Deployment's own condition ReplicaFailure, or the event FailedCreate of its ReplicaSet.
struct Admission {
    private let evidence: Evidence

    init(_ evidence: Evidence) { self.evidence = evidence }

    var finding: Finding? {
        guard let message else { return nil }
        guard let code = Catalogue.cause(of: message, in: .admission) else { return nil }
        return Finding(code, "no pod was made: \(message)")
    }

    private var message: String? {
        let conditions = evidence.deployment?["status"]["conditions"].array ?? []
        if let failure = conditions.first(where: {
            $0["type"].string == "ReplicaFailure" && $0["status"].string == "True"
        }) {
            return failure["message"].string
        }
        guard evidence.stayingPods?.isEmpty == true || evidence.deployment?.isShortOfPods == true else { return nil }
        let name = evidence.deployment?.name ?? ServiceTarget(evidence)?.name ?? ""
        return (evidence[.events].object?.items ?? []).last { event in
            event["reason"].string == "FailedCreate" && event["involvedObject"]["name"].string?.hasPrefix(name) == true
        }?["message"].string
    }
}
