// SPDX-License-Identifier: Apache-2.0

/// The questions of a round by name, as saved evidence has them.
public enum Question: String, Sendable, CaseIterable {
    case version
    /// ConfigMap kube-system/extension-apiserver-authentication, which API servers publish for backends.
    case authentication
    case apiService
    /// `/readyz?verbose`; asked only where kube-apiserver answers and no object can be read.
    case readiness
    case service
    /// The Service's addresses where this server's aggregator reads Endpoints.
    case endpoints
    /// The same where it reads EndpointSlices.
    case endpointSlices
    /// Pods that the Service selects; not asked for a Service without selector.
    case pods
    /// Deployments of the Service's namespace.
    case deployments
    /// GET of the group version through the aggregator.
    case discovery
    /// Whether the API server itself lets the caller make the request of `reading`.
    case access
    /// A list through the aggregator: node metrics, or the first resource that discovery offers.
    case reading
    /// The same list some seconds later; asked only where the first one looks as if it were no longer renewed.
    case readingAgain
    /// Who the API server says that the caller is; asked only where a backend refuses somebody whom it lets through.
    case caller
    /// A list on behalf of a caller who is no administrator, so that the backend has to ask about them.
    case review
    /// What the backend says to a caller without a certificate; asked only where it refuses kube-apiserver's probe, and
    /// does not say whom.
    case withoutCertificate
    /// The same without TLS; asked only where the connection ends before an answer.
    case plainHTTP
    /// The admission webhooks' names; asked only where one of them refuses what a backend asks.
    case webhooks
    case podMetrics
    case nodes
    /// The Nodes that metrics-server's `--node-selector` leaves to it; asked only where a Node has no metrics.
    case selectedNodes
    /// Pods as far as one page goes; dropped when `allPods` is known.
    case podPage
    case allPods
    /// HorizontalPodAutoscalers that get no metric, with their conditions.
    case autoscalers
    /// The other APIServices that are not available.
    case otherAPIServices
    /// Endpoints default/kubernetes, where each API server writes its own address.
    case apiServerEndpoints
    /// What each API server says when it is asked by itself.
    case apiServers
    /// What backends say to a user that does not exist.
    case unknownUsers
    /// What the backend's pods have said; asked only where something needs explaining.
    case logs
    /// What kube-apiserver grants the backend's ServiceAccount of the rights that it needs; asked only where something
    /// needs explaining.
    case accountRights
    /// The newest requests of kubelets for serving certificates; asked only where a log says that a kubelet has none.
    case signingRequests
    /// Warnings of the Service's namespace; asked only where no backend is ready, or one does not come up.
    case events
    /// The front-proxy files of this host.
    case frontProxy
    /// The certificates that the chain's servers have shown; asked at the end, for a report that somebody sees.
    case served
}
