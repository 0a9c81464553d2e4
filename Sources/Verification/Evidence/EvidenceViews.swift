// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// What follows from single answers, for whoever asks on or judges.
extension Evidence {
    /// Whether an API server answers; one may well keep its version to itself.
    var isAnswered: Bool {
        if case .refused(403, _) = self[.version] { true } else { self[.version].object != nil }
    }

    /// The second number of the API server's version, such as 36; nil where it is not told.
    var minor: Int? {
        let version = self[.version].object
        if let minor = version?["minor"].string { return Int(minor.prefix { $0.isNumber }) }
        return version?["gitVersion"].string?.firstMatch(of: /^v1\.(\d+)/).flatMap { Int($0.output.1) }
    }

    /// Whether this server's aggregator reads EndpointSlices and no Endpoints (k/k#116727). It does so from 1.34 on at
    /// the latest; before, what is in Endpoints counts, whatever slices there are.
    var readsEndpointSlices: Bool { (minor ?? 0) >= 34 }

    /// Whether the APIService is that of resource metrics, which has claims of its own.
    public var isMetrics: Bool {
        let name = apiServiceName.split(separator: ".", maxSplits: 1)
        return name.count == 2 && name[1] == "metrics.k8s.io"
    }

    /// The API group, such as `metrics.k8s.io`; nil where the APIService is not known. Who may not read the APIService
    /// knows it by its name, which is `VERSION.GROUP` always.
    var group: String? { self[.apiService].object?["spec"]["group"].string ?? nameParts?.group }

    private var version: String? { self[.apiService].object?["spec"]["version"].string ?? nameParts?.version }

    private var nameParts: (version: String, group: String)? {
        guard case .refused(403, _) = self[.apiService] else { return nil }
        let parts = apiServiceName.split(separator: ".", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }

    /// Such as `/apis/metrics.k8s.io/v1beta1`.
    var groupVersionPath: String? {
        guard let group, let version else { return nil }
        return "/apis/\(group)/\(version)"
    }

    /// The resource whose list proves the chain: nodes for metrics, else the first that can be listed.
    var provingResource: String? {
        if isMetrics { return "nodes" }
        return self[.discovery].object?["resources"].array?.first { resource in
            resource["verbs"].array?.contains("list") == true && resource["name"].string?.contains("/") == false
        }?["name"].string
    }

    /// The path of that list; empty where there is none.
    public var readingPath: String {
        guard let groupVersionPath, let provingResource else { return "" }
        return "\(groupVersionPath)/\(provingResource)"
    }

    /// The Service's selector as a list of pods takes it; nil for a Service without one.
    var podSelector: String? {
        let labels = (self[.service].object?["spec"]["selector"].object ?? [:])
            .compactMap { key, value in value.string.map { "\(key)=\($0)" } }.sorted()
        return labels.isEmpty ? nil : labels.joined(separator: ",")
    }

    /// nil where it is not known, as from servers before 1.28 (SelfSubjectReview).
    var callerName: String? { self[.caller].object?["status"]["userInfo"]["username"].string }

    /// Whether kube-apiserver itself lets the caller read what proves the chain; nil where it was not asked.
    var isAllowed: Bool? { self[.access].object?["status"]["allowed"].bool }

    /// The Service's pods but for those that are being deleted; nil where there was no answer.
    var stayingPods: [JSONValue]? {
        self[.pods].object?.items.filter { $0["metadata"]["deletionTimestamp"] == .null }
    }

    /// Those of them that the latest change of the workload has made: what is on its way out explains nothing, and
    /// neither does a pod that has ended for good, as an evicted one, beside one that lives.
    var latestPods: [JSONValue]? {
        stayingPods.map { all in
            let living = all.filter { !$0.hasEnded }
            let pods = living.isEmpty ? all : living
            let newest = pods.max { $0.created < $1.created }.flatMap { $0.revision }
            return newest == nil ? pods : pods.filter { $0.revision == newest }
        }
    }

    /// The Deployment behind the Service: whose pods it selects, or of upstream's name. nil where none is known.
    var deployment: JSONValue? {
        let all = self[.deployments].object?.items ?? []
        let selector = self[.service].object?["spec"]["selector"].object ?? [:]
        let selected = all.first { one in
            let labels = one["spec"]["template"]["metadata"]["labels"]
            return !selector.isEmpty && selector.allSatisfy { labels[$0.key] == $0.value }
        }
        return selected ?? all.first { $0.name == "metrics-server" }
    }

    /// The Ready nodes that the metrics API does not list, although metrics-server reads their kubelets; all of them
    /// where it lists none. Empty for other APIs.
    var readyNodesWithoutMetrics: [String] {
        guard isMetrics else { return [] }
        let known = Set((self[.reading].object?.items ?? []).compactMap(\.name))
        let leftOut = NodesLeftOut(self)
        return (self[.nodes].object?.items ?? []).filter { $0.isReadyNode && leftOut.reason($0) == nil }
            .compactMap(\.name).filter { !known.contains($0) }
    }

    /// Whether a container of the workload's latest change has ended and its pod is not ready, so that its last words
    /// say why, though an older pod may still serve.
    var hasEndedContainers: Bool {
        (latestPods ?? []).contains { pod in
            !pod.isReadyPod
                && ((pod["status"]["containerStatuses"].array ?? [])
                    + (pod["status"]["initContainerStatuses"].array ?? [])).contains {
                        $0["state"]["terminated"] != .null || $0["lastState"]["terminated"] != .null
                    }
        }
    }

    /// Whether a Service is to stand behind the APIService: kube-apiserver itself serves the others.
    var namesBackend: Bool { ServiceTarget(self) != nil }

    /// Whether a ready address stands behind the Service.
    public var hasReadyBackend: Bool { BackendAddresses(self)?.ready.isEmpty == false }

    /// Whether the APIService's condition says so.
    public var isAvailable: Bool { self[.apiService].object?.available["status"].string == "True" }

    /// Whether a Service stands behind the APIService; kube-apiserver itself serves the others.
    var namesService: Bool { self[.apiService].object?["spec"]["service"].object != nil }

    /// For how long the condition Available has said what it says, in whole seconds.
    var conditionAge: Int? {
        let since = self[.apiService].object?.available["lastTransitionTime"].string
        return since.flatMap { try? Date($0, strategy: .iso8601) }.map {
            Int(max(0, askedAt.timeIntervalSince($0)))
        }
    }

    /// What kube-apiserver's words about its connection to the backend mean; nil where it complains of none.
    var connectionCause: FailureCode? {
        switch self[.discovery] {
        case .object: return nil
        case .refused(_, let message):
            if let cause = Catalogue.cause(of: message, in: .connection) { return cause }
        case .unanswered, .notAsked: break
        }
        let condition = self[.apiService].object?.available ?? .null
        guard condition["status"].string == "False" else { return nil }
        return Catalogue.cause(of: condition["message"].string ?? "", in: .connection)
    }

    /// Whether the condition says that a probe was answered with this status.
    func isProbeAnswered(_ status: Int) -> Bool {
        isAvailable ? false : self[.apiService].object?.available["message"].string?.hasSuffix(": \(status)") == true
    }

    /// Whether the backend refuses callers without a certificate before it knows who they are.
    var asksForItsOwnCredentials: Bool {
        if case .refused(401, _) = self[.withoutCertificate] { true } else { false }
    }

    /// The path of the group version through kube-apiserver's Service proxy, which shows the backend no certificate.
    ///
    /// - Parameter scheme: what the proxy speaks to it, `http` or `https`.
    func proxyPath(_ scheme: String) -> String? {
        guard let target = ServiceTarget(self), let groupVersionPath else { return nil }
        return "/api/v1/namespaces/\(target.namespace)/services/\(scheme):\(target.name):\(target.port)/proxy"
            + groupVersionPath
    }

    /// Objects whose change is a reason to ask again.
    var watched: [JSONValue] { [self[.apiService], self[.endpoints]].compactMap(\.object) }

    /// Whether something fails that the backend's log may explain.
    var needsExplaining: Bool {
        self[.discovery].object == nil || self[.reading].object == nil || !readyNodesWithoutMetrics.isEmpty
            || BackendAddresses(self)?.ready.isEmpty != false || isReviewBroken
    }

    /// Whether an answer says that an admission webhook refuses what the backend asks about its callers.
    var isReviewRefusedByWebhook: Bool {
        let refusals = [Question.discovery, .reading, .review].compactMap { question -> String? in
            if case .refused(_, let message) = self[question] { message } else { nil }
        }
        if case .refused(_, let message) = self[.access], BrokenReviews.name(in: message) != nil { return true }
        let direct = unknownUsers.compactMap { one -> String? in
            if case .status(_, let message) = one.answer { message } else { nil }
        }
        return (refusals + direct).contains { Catalogue.cause(of: $0, in: .process) == .webhookBreaksReviews }
    }

    /// Whether a caller who is no administrator is refused by the backend for a reason that is not their own.
    var isReviewBroken: Bool {
        if case .refused(let code, _) = self[.review] { code >= 500 } else { false }
    }
}

extension JSONValue {
    var isReadyNode: Bool { hasCondition("Ready") }
    var isReadyPod: Bool { hasCondition("Ready") }
    /// Whether its init containers have ended, or have started where they are meant to stay.
    var isInitializedPod: Bool { hasCondition("Initialized") }

    private func hasCondition(_ type: String) -> Bool {
        (self["status"]["conditions"].array ?? []).contains {
            $0["type"].string == type && $0["status"].string == "True"
        }
    }

    /// Whether a pod has ended for good: nothing starts its containers again.
    var hasEnded: Bool { ["Failed", "Succeeded"].contains(self["status"]["phase"].string) }

    /// The condition Available of an APIService; `.null` where there is none.
    var available: JSONValue {
        self["status"]["conditions"].array?.first { $0["type"].string == "Available" } ?? .null
    }

    /// Whether a Deployment has fewer pods of its latest change than it wants.
    var isShortOfPods: Bool {
        isBehind || (self["status"]["updatedReplicas"].int ?? 0) < (self["spec"]["replicas"].int ?? 1)
    }

    /// Whether its controller has not taken up its latest change.
    var isBehind: Bool {
        (self["status"]["observedGeneration"].int ?? 0) < (self["metadata"]["generation"].int ?? 0)
    }

    /// `namespace/name`.
    var key: String { "\(self["metadata"]["namespace"].string ?? "")/\(name ?? "")" }

    /// A pod's; times of one form stand in the order of their letters.
    fileprivate var created: String { self["metadata"]["creationTimestamp"].string ?? "" }
    /// Of which ReplicaSet a pod is.
    fileprivate var revision: String? { self["metadata"]["labels"]["pod-template-hash"].string }
}

extension String {
    /// A server's text as reports have room for it: in one line, its control characters escaped.
    var inOneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ").escapingControls }
}
