// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// Why a Service selects no pod.
struct AbsentPods {
    private let evidence: Evidence
    private let place: String

    init(_ evidence: Evidence, _ place: String) {
        self.evidence = evidence
        self.place = place
    }

    var finding: Finding {
        let summary = "no pod matches the selector of \(place)"
        guard let (why, hint) = reason else {
            return Finding(
                .noPods, summary, hint: .look("kubectl -n \(.namespace) get deployments,pods --show-labels"))
        }
        // What is known to be missing does not come by itself; a change of a moment ago is on its way.
        let isOnItsWay = evidence.deployment?.isBehind == true
        return Finding(.noPods, summary + why, hint: hint, patience: isOnItsWay ? nil : .zero)
    }

    private var reason: (String, Hint)? {
        guard evidence[.deployments].object != nil else { return nil }
        guard let deployment = evidence.deployment else {
            return evidence.isMetrics
                ? (": there is no Deployment metrics-server", .fix("\(.installMetrics)")) : nil
        }
        let name = (deployment.name ?? "").inOneLine
        if deployment["spec"]["replicas"].int == 0 {
            return (
                ": Deployment \(name) is scaled to 0",
                .fix("kubectl -n \(.namespace) scale deployment \(.deployment) --replicas=1")
            )
        }
        if deployment["spec"]["paused"].bool == true {
            return (
                ": Deployment \(name) is paused",
                .fix("kubectl -n \(.namespace) rollout resume deployment \(.deployment)")
            )
        }
        if deployment.isBehind {
            return (
                ": its controller has not taken up Deployment \(name)",
                .look("kubectl -n kube-system get leases", "is that of kube-controller-manager renewed?")
            )
        }
        let labels = deployment["spec"]["template"]["metadata"]["labels"]
        let selector = evidence[.service].object?["spec"]["selector"].object ?? [:]
        guard let odd = selector.filter({ labels[$0.key] != $0.value }).min(by: { $0.key < $1.key }) else { return nil }
        return (
            ", which is \(odd.key.inOneLine)=\((odd.value.string ?? "").inOneLine), unlike the labels of "
                + "Deployment \(name)'s pods",
            .fix("\(.installMetrics)", "Service and Deployment as they belong together")
        )
    }
}
