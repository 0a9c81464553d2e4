// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

extension ClaimRow {
    static let workload = [
        ClaimRow(
            .serviceListens, .workload, "the Service is there and listens on the APIService's port",
            judge: ServiceClaim.judge),
        ClaimRow(.backendReady, .workload, "a ready backend stands behind the Service", judge: BackendReadyClaim.judge),
        ClaimRow(
            .backendRuns, .workload, "the backend's log tells of no trouble of its own", judge: BackendRunsClaim.judge),
        ClaimRow(
            .rolloutComplete, .workload, "the latest change of the Deployment is running",
            judge: RolloutClaim.judge),
        ClaimRow(.accountHasRights, .workload, "the backend's ServiceAccount has its rights", judge: RightsClaim.judge),
    ]
}

/// Whether the APIService's Service is there, and of a type and port that kube-apiserver dials.
enum ServiceClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard let target = ServiceTarget(evidence) else {
            return evidence[.apiService].object == nil ? .notChecked("the APIService was not read") : .notApplicable
        }
        switch evidence[.service] {
        case .refused(404, _):
            return .failed(Finding(.serviceMissing, "Service \(target.place) does not exist"))
        case .object(let service):
            let ports = (service["spec"]["ports"].array ?? []).compactMap { $0["port"].int }
            let listed = ports.map(String.init).joined(separator: ", ")
            guard service["spec"]["type"].string == "ExternalName" || ports.contains(target.port) else {
                return .failed(
                    Finding(
                        .servicePortMismatch,
                        "Service \(target.place) listens on \(listed), the APIService wants \(target.port)",
                        hint: evidence.isMetrics ? nil : portHint(ports, target, evidence)))
            }
            return .passed("\(target.place):\(target.port)")
        default: return .unread(evidence[.service], what: "the Service")
        }
    }

    /// The APIService is what changes: others may use the Service.
    private static func portHint(_ ports: [Int64], _ target: ServiceTarget, _ evidence: Evidence) -> Hint {
        guard ports.count == 1 else {
            return .look(
                "kubectl -n \(.namespace) get service \(.service) -o yaml",
                "make one of its ports spec.service.port of the APIService")
        }
        let patch = "{\"spec\":{\"service\":{\"port\":\(ports[0])}}}"
        return .fix(
            "kubectl patch apiservice \(.apiService) --type=merge -p \(patch)",
            "or have the Service listen on \(target.port)")
    }
}

/// Whether at least one backend is ready behind the Service.
enum BackendReadyClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard let target = ServiceTarget(evidence) else {
            return evidence[.apiService].object == nil ? .notChecked("the APIService was not read") : .notApplicable
        }
        guard let service = evidence[.service].object else { return .notChecked("the Service was not read") }
        // kube-apiserver resolves such a name itself: nothing stands behind the Service.
        if service["spec"]["type"].string == "ExternalName" { return .notApplicable }
        let place = "Service \(target.place)"
        if let addresses = BackendAddresses(evidence), !addresses.ready.isEmpty {
            return ready(addresses, target, place, evidence)
        }
        let trouble = PodTrouble(evidence).finding
        // A pod on its way says less than what keeps its siblings from being made.
        if trouble.map({ $0.failure == .podStarting }) ?? true, let admission = Admission(evidence).judgement {
            return admission
        }
        if let trouble { return .failed(trouble) }
        if let pod = evidence.stayingPods?.first(where: \.isReadyPod), BackendAddresses(evidence) != nil {
            let name = (pod.name ?? "").inOneLine
            return .failed(
                Finding(
                    .portNameMissing, about: .pod(name),
                    "pod \(name) is ready, and has no port of the name that \(place) wants"))
        }
        if evidence.stayingPods?.isEmpty == true { return .failed(AbsentPods(evidence, place).finding) }
        return noAddress(evidence, place)
    }

    private static func ready(
        _ addresses: BackendAddresses, _ target: ServiceTarget, _ place: String, _ evidence: Evidence
    ) -> Judgement {
        let ready = addresses.ready
        if let port = target.portName(evidence), !ready.contains(where: { $0.ports.contains { $0.name == port } }) {
            return .failed(Finding(.portNameMissing, "\(place) has addresses, and none with a port named \"\(port)\""))
        }
        // An address outlives its pod where the controller that removes it does not run.
        if let pods = evidence.stayingPods {
            let names = Set(pods.compactMap(\.name))
            let leaving = Set(evidence[.pods].object?.items.compactMap(\.name) ?? []).subtracting(names)
            let gone = ready.filter { $0.pod.map { !names.contains($0) } ?? false }
            if gone.count == ready.count, let one = gone.first, let pod = one.pod {
                return .failed(
                    Finding(
                        .addressStale,
                        "\(place) has the address \(one.ip) of pod \(pod), which is gone or no longer selected"))
            }
            // One that is on its way out is taken from the addresses in a moment.
            if let one = gone.first(where: { !leaving.contains($0.pod ?? "") }), let pod = one.pod {
                return .warning(
                    Finding(
                        .addressStale,
                        "\(place) has, beside good ones, the address \(one.ip) of pod \(pod), which is gone or no longer "
                            + "selected: requests fail by chance"))
            }
        }
        return .passed(
            ready.map(\.ip).joined(separator: ", "),
            of: Set([Subject.cluster]).union(ready.compactMap(\.pod).map(Subject.pod)))
    }

    private static func noAddress(_ evidence: Evidence, _ place: String) -> Judgement {
        let question = evidence.readsEndpointSlices ? Question.endpointSlices : .endpoints
        switch evidence[question] {
        case .refused(404, _): return .failed(Finding(.endpointsMissing, "\(place) has no Endpoints"))
        case .object:
            let look: Command =
                question == .endpoints
                ? "kubectl -n \(.namespace) get endpoints \(.service) -o yaml"
                : "kubectl -n \(.namespace) get endpointslices -l kubernetes.io/service-name=\(.service) -o yaml"
            return .failed(
                Finding(
                    evidence[question].object?.items.isEmpty == true && question == .endpointSlices
                        ? .endpointsMissing : .noReadyAddresses, "\(place) has no ready address", hint: .look(look)))
        default: return .unread(evidence[question], what: "the Service's addresses")
        }
    }
}

/// Whether the latest change of the Deployment is what serves.
enum RolloutClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.podSelector != nil else {
            return evidence[.service].object == nil && (evidence.namesBackend || evidence[.apiService].object == nil)
                ? .notChecked("the Service was not read") : .notApplicable
        }
        guard let ready = BackendAddresses(evidence)?.ready, !ready.isEmpty else {
            return .notChecked("no backend is ready")
        }
        guard let trouble = trouble(evidence) else { return .passed("") }
        let summary = "\(trouble.summary) (\(trouble.code)); an older pod still serves"
        if [.podStarting, .podNotReady].contains(trouble.failure), !isOld(trouble.subject, evidence) {
            return .notChecked(summary, code: .podStarting)
        }
        // One of several replicas that finds no node stops nothing, and is no change.
        if trouble.failure == .podUnschedulable { return .warning(trouble) }
        return .warning(
            Finding(
                .rolloutStuck, about: trouble.subject, summary, hint: trouble.hint, patience: trouble.patience))
    }

    /// A pod without a reason of its own may be on its way; in seconds.
    private static let usualRollout: TimeInterval = 90

    private static func isOld(_ subject: Subject, _ evidence: Evidence) -> Bool {
        guard case .pod(let name) = subject,
            let created = evidence.latestPods?.first(where: { $0.name == name })?["metadata"]["creationTimestamp"]
                .string.flatMap({ try? Date($0, strategy: .iso8601) })
        else { return false }
        return evidence.askedAt.timeIntervalSince(created) > usualRollout
    }

    private static func trouble(_ evidence: Evidence) -> Finding? {
        guard let pod = PodTrouble(evidence).finding else {
            return evidence.deployment?.isShortOfPods == true ? Admission(evidence).finding : nil
        }
        // What ended says why in its log, where a signature knows the words.
        guard pod.failure == .podCrashing, case .pod(let name) = pod.subject else { return pod }
        return evidence.logs.lazy.filter { $0.pod == name && $0.hasEnded }
            .compactMap { BackendRunsClaim.said(by: $0, evidence)?.0 }.first ?? pod
    }

    /// The same where the Deployment was changed just now: its trouble is a failure.
    static func expected(_ judgement: Judgement, _ evidence: Evidence) -> Judgement {
        if let trouble = trouble(evidence) { return .failed(trouble) }
        guard let deployment = evidence.deployment, deployment.isShortOfPods else { return judgement }
        let name = (deployment.name ?? "").inOneLine
        return .failed(
            Finding(.podStarting, "the latest change of Deployment \(name) has no pod yet", patience: .seconds(60)))
    }
}

/// Whether kube-apiserver grants the backend's ServiceAccount what it needs.
enum RightsClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard let granted = evidence[.accountRights].object else {
            // Where everything works it has them.
            let hasPods = evidence.podSelector != nil || evidence[.service].object == nil
            return evidence.isMetrics && evidence.namesBackend && hasPods && evidence.needsExplaining
                ? .notChecked("no pod of the backend tells its ServiceAccount") : .notApplicable
        }
        if granted["published"].bool == false {
            return .failed(
                Finding(
                    .authenticationReaderMissing,
                    "the backend's ServiceAccount may not read ConfigMap kube-system/extension-apiserver-authentication"
                ))
        }
        let unlisted = ["nodes", "pods"].filter { granted[$0].bool == false }
        if !unlisted.isEmpty {
            return .failed(
                Finding(
                    .listingForbidden,
                    "the backend's ServiceAccount may not list \(unlisted.joined(separator: " and "))"))
        }
        if granted["reviews"].bool == false {
            return .failed(
                Finding(.authorizationNotDelegated, "the backend's ServiceAccount may not create subjectaccessreviews"))
        }
        return .passed("")
    }
}
