// SPDX-License-Identifier: Apache-2.0

internal import Core

/// What the metrics API answers.
extension Catalogue {
    private static let scrapeLog = Hint.look(
        "kubectl -n \(.namespace) logs -l \(.podSelector) --tail=100", "look for \"Failed to scrape node\"")

    static let metrics = [
        Cause(
            .nodeMetricsAbsent, "The metrics API answers, and knows no node.", fix: scrapeLog, patience: .seconds(75),
            seen: "an empty list of node metrics", reference: "ms#349, ms#237, ms#299",
            explains: [.podMetricsAbsent, .nodesWithoutMetrics, .metricsStale, .podsWithoutMetrics]),
        Cause(
            .podMetricsAbsent, "The metrics API answers, and knows no pod although pods run.",
            fix: .look(
                "kubectl get --raw /api/v1/nodes/NODE/proxy/metrics/resource",
                "with a Node's name for NODE: does it list container_ rows?"), patience: .seconds(75),
            seen: "an empty list of pod metrics", reference: "ms#908, k/k#103366, ms#1018",
            explains: [.podsWithoutMetrics]),
        Cause(
            .nodesWithoutMetrics, "Ready nodes have no metrics.", fix: scrapeLog, patience: .seconds(75),
            seen: "Ready nodes that the metrics API does not list", reference: "ms#165, ms#971, ms#1117",
            explains: [.podMetricsAbsent, .podsWithoutMetrics]),
        Cause(
            .metricsStale, "Metrics have stopped being renewed.", fix: scrapeLog, patience: .seconds(45),
            seen: "timestamps of more than two minutes ago", explains: [.podsWithoutMetrics]),
        Cause(
            .callerDenied, "The API server does not let this caller read the aggregated API, so nothing is proven.",
            fix: .advice("run verify as somebody who may, such as a cluster administrator: --as names another user"),
            seen: "HTTP 403 that names the caller", reference: "ms#1692", explains: .noMetrics,
            contradictedBy: [.callerArrives]),
        Cause(
            .podsWithoutMetrics, "Some running pods have no metrics.", severity: .warning,
            fix: .look("kbootstrap top pods -A", "says beside each why it has none"),
            seen: "running pods that the metrics API does not list", reference: "ms#908"),
        Cause(
            .metricsZero, "Metrics are all zero: the kubelet gets no figures from the container runtime.",
            severity: .warning,
            fix: .look(
                "kubectl get --raw /api/v1/nodes/NODE/proxy/metrics/resource",
                "with a Node's name for NODE: is memory zero there too?"),
            seen: "memory 0 in node or pod metrics", reference: "ms#1117"),
        Cause(
            .autoscalerWithoutRequest,
            "An autoscaler wants a share of what its pods request, and they request nothing.", severity: .warning,
            fix: .advice("set resources.requests in the pods' template"),
            seen: "HPA condition FailedGetResourceMetric: missing request for cpu", reference: "k/k#79365"),
        Cause(
            .autoscalerWithoutMetric, "An autoscaler gets no figure for one of its metrics.", severity: .warning,
            fix: .look("kubectl get hpa -A"),
            seen: "HPA condition ScalingActive False: FailedGet…Metric", reference: "k/k#127193"),
        Cause(
            .otherAPIServiceUnavailable, "Another APIService is unavailable.", severity: .warning,
            fix: .look("kubectl get apiservices"), seen: "an APIService whose condition Available is not True",
            reference: "k/k#60807"),
    ]
}
