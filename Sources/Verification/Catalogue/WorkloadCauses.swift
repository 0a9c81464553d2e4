// SPDX-License-Identifier: Apache-2.0

internal import Core

/// The Service, its addresses, and the pods behind it as the cluster's objects show them.
extension Catalogue {
    private static let aggregator = "kube-aggregator, remote_available_controller.go"
    private static let describe = Hint.look("kubectl -n \(.namespace) describe pods -l \(.podSelector)")
    private static let together = Hint.fix("\(.installMetrics)", "Service and Deployment as they belong together")
    private static let pods = Hint.look("kubectl -n \(.namespace) get pods -l \(.podSelector) -o wide")

    static let workload = [
        Cause(
            .serviceMissing, "The APIService's Service does not exist.", fix: .fix("\(.installMetrics)"),
            elsewhere: .look("kubectl -n \(.namespace) get services", "apply the API's own manifests again"),
            seen: "condition: ServiceNotFound", reference: aggregator, explains: .noBackend,
            contradictedBy: [.serviceListens]),
        Cause(
            .servicePortMismatch, "The Service does not listen on the port that the APIService names.",
            fix: .fix("\(.installMetrics)", "Service and APIService as they belong together"), elsewhere: pods,
            seen: "condition: ServicePortError … is not listening on port N", reference: aggregator,
            explains: .noBackend.and([.serviceTypeUnroutable]), contradictedBy: [.serviceListens]),
        Cause(
            .endpointsMissing, "The Service has no addresses object: nothing matches its selector.", fix: together,
            elsewhere: pods, patience: .seconds(30),
            seen: "condition: EndpointsNotFound; the Service's selector matches nothing", reference: aggregator,
            explains: .unreached.and([.noReadyAddresses]), contradictedBy: [.backendReady]),
        Cause(
            .noReadyAddresses, "No pod behind the Service is ready.", fix: describe, patience: .seconds(90),
            seen: "condition: MissingEndpoints … have no addresses", reference: aggregator, explains: .unreached,
            contradictedBy: [.backendReady]),
        Cause(
            .portNameMissing, "Pods are ready, and none has a port of the name that the Service wants.", fix: together,
            elsewhere: pods, patience: .seconds(10),
            seen: "condition: MissingEndpoints … with port name \"https\", while pods are ready",
            reference: aggregator, explains: .unreached.and([.endpointsMissing, .noReadyAddresses]),
            contradictedBy: [.backendReady]),
        Cause(
            .addressStale, "The Service's addresses are those of a pod that is gone.",
            fix: .look("kubectl -n kube-system get pods", "does kube-controller-manager run, and may it log in?"),
            patience: .seconds(30), seen: "an address whose targetRef names no pod of the Service",
            reference: "k/k#112780", explains: .unreached, contradictedBy: [.discoveryAnswers]),
        Cause(
            .podUnschedulable, "The scheduler finds no node for the pod.", fix: describe, patience: .seconds(30),
            seen: "PodScheduled False: untolerated taint, or pod anti-affinity rules", reference: "ms#1148",
            explains: .noBackend.and(.notReady)),
        Cause(
            .noPods, "No pod matches the Service's selector.",
            fix: .look("kubectl -n \(.namespace) get deployments,replicasets,pods --show-labels"),
            patience: .seconds(30), seen: "no pod with the Service's labels", explains: .noBackend,
            contradictedBy: [.backendReady]),
        Cause(
            .podForbidden, "The namespace's Pod Security level forbids the pod.",
            fix: .fix("\(.installMetrics)", "its pod is fit for the level restricted"),
            elsewhere: .look("kubectl get namespace \(.namespace) --show-labels", "pod-security.kubernetes.io/enforce"),
            seen: "event FailedCreate: violates PodSecurity",
            signatures: [Signature(.admission, ["violates PodSecurity"])],
            explains: .noBackend.and([.noPods, .rolloutStuck])),
        Cause(
            .quotaExceeded, "The namespace's quota leaves no room for the pod.",
            fix: .look(
                "kubectl -n \(.namespace) describe resourcequota", "raise it, or give the pod what it must name"),
            seen: "event FailedCreate: exceeded quota, or failed quota: must specify limits",
            signatures: [Signature(.admission, ["exceeded quota", "failed quota", "insufficient quota"])],
            explains: .noBackend.and([.noPods, .rolloutStuck])),
        Cause(
            .podNotAdmitted, "kube-apiserver does not admit the pod.",
            fix: .look(
                "kubectl -n \(.namespace) describe replicasets -l \(.podSelector)",
                "the event FailedCreate names who refused it"),
            patience: .seconds(20),
            seen:
                "ReplicaFailure or event FailedCreate: a webhook, a LimitRange, a missing ServiceAccount or priority class",
            reference: "kyverno#2796, kubermatic#7584, kube-prometheus#2356",
            signatures: [Signature(.admission)], explains: .noBackend.and([.noPods, .rolloutStuck])),
        Cause(
            .nodeNotReady, "The pod's Node is not Ready, or is gone.",
            fix: .look("kubectl get nodes", "on that node: systemctl status kubelet"), patience: .seconds(40),
            seen: "a Node whose condition Ready is not True, or that the cluster does not have",
            reference: "rancher#26191",
            explains: .noBackend.and(.crash).and([.nodesWithoutMetrics])),
        Cause(
            .podEvicted, "The pod was evicted from its node, or its kubelet refused it.", fix: describe,
            patience: .seconds(30), seen: "a pod in phase Failed with reason Evicted, OutOfcpu or NodeAffinity",
            explains: .noBackend.and(.crash).and([.noPods])),
        Cause(
            .rolloutStuck, "The latest change of the Deployment does not come up; an older pod still serves.",
            severity: .warning, fix: describe,
            seen: "a pod of the newest ReplicaSet that is not ready, beside an older one that is"),
    ]
}
