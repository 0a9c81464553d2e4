// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// Why a Service selects no pod.
struct AbsentPods {
    private let evidence: Evidence
    private let target: ServiceTarget

    init(_ evidence: Evidence, _ target: ServiceTarget) {
        self.evidence = evidence
        self.target = target
    }

    func finding(_ place: String) -> Finding {
        let summary = "no pod matches the selector of \(place)"
        guard let (why, hint) = reason else {
            return Finding(
                .noPods, summary, hint: "kubectl -n \(target.typedNamespace) get deployments,pods --show-labels")
        }
        // What is known to be missing does not come by itself.
        return Finding(.noPods, summary + why, hint: hint, patience: .zero)
    }

    private var reason: (String, String)? {
        switch evidence.deployment {
        case .refused(404, _): return (": there is no Deployment metrics-server", "kbootstrap install-metrics")
        case .object(let deployment):
            if deployment["spec"]["replicas"].int == 0 {
                return (
                    ": Deployment metrics-server is scaled to 0",
                    "kubectl -n \(target.typedNamespace) scale deployment metrics-server --replicas=1"
                )
            }
            let labels = deployment["spec"]["template"]["metadata"]["labels"]
            let selector = evidence.service.object?["spec"]["selector"].object ?? [:]
            guard let odd = selector.filter({ labels[$0.key] != $0.value }).min(by: { $0.key < $1.key }) else {
                return nil
            }
            return (
                ", which is \(odd.key.escapingControls)=\((odd.value.string ?? "").escapingControls), unlike the labels of "
                    + "Deployment metrics-server's pods",
                "kbootstrap install-metrics   # Service and Deployment as they belong together"
            )
        default: return nil
        }
    }
}
