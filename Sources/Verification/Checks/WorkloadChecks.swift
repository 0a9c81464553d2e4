// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import KubernetesClient

extension Check {
    static let workloadChecks = [
        Check(.workload, "the Service is there and listens on the APIService's port") { evidence in
            guard let target = ServiceTarget(evidence) else { return nil }
            switch evidence.service {
            case .refused(404, _):
                return .failed(
                    Finding(.serviceMissing, "Service \(target.namespace)/\(target.name) does not exist"))
            case .object(let service):
                let ports = (service["spec"]["ports"].array ?? []).compactMap { $0["port"].int }
                guard service["spec"]["type"].string == "ExternalName" || ports.contains(target.port) else {
                    return .failed(
                        Finding(
                            .servicePortMismatch,
                            "Service \(target.namespace)/\(target.name) listens on \(ports.map(String.init).joined(separator: ", ")), "
                                + "the APIService wants \(target.port)",
                            hint: evidence.isMetrics
                                ? nil : portHint(ports, target, evidence.apiServiceName)))
                }
                return .passed("\(target.namespace)/\(target.name):\(target.port)")
            default: return unread(evidence.service)
            }
        },
        Check(.workload, "a ready backend stands behind the Service") { evidence in
            guard let target = ServiceTarget(evidence), evidence.service.object != nil else { return nil }
            let place = "Service \(target.namespace)/\(target.name)"
            let subsets = evidence.endpoints.object?["subsets"].array ?? []
            let ready = subsets.flatMap { $0["addresses"].array ?? [] }.compactMap { $0["ip"].string }
            if let port = target.portName(evidence), !ready.isEmpty, !target.hasPort(port, in: subsets) {
                return .failed(
                    Finding(.portNameMissing, "\(place) has addresses, and none with a port named \"\(port)\""))
            }
            if !ready.isEmpty {
                // One that waits for a node beside others that serve stops nothing, and does not come by itself.
                let waiting = PodTrouble(evidence).finding(namespace: target.typedNamespace)
                return waiting?.code == .podUnschedulable
                    ? waiting.map(Verdict.warning) : .passed(ready.joined(separator: ", "))
            }
            if let finding = PodTrouble(evidence).finding(namespace: target.typedNamespace) { return .failed(finding) }
            if let finding = RejectedPods.finding(evidence.events, service: target.name) { return .failed(finding) }
            if let pod = evidence.stayingPods?.first(where: \.isReadyPod), case .object = evidence.endpoints {
                return .failed(
                    Finding(
                        .portNameMissing,
                        "pod \((pod.name ?? "").inOneLine) is ready, and has no port of the name that \(place) wants"))
            }
            if evidence.stayingPods?.isEmpty == true {
                return .failed(AbsentPods(evidence, target).finding(place))
            }
            switch evidence.endpoints {
            case .refused(404, _):
                return .failed(Finding(.endpointsMissing, "\(place) has no endpoints"))
            case .object:
                return .failed(
                    Finding(
                        .noReadyAddresses, "\(place) has no ready address",
                        hint: evidence.isMetrics
                            ? "kubectl -n \(target.typedNamespace) get endpoints \(target.typedName) -o yaml" : nil))
            default: return unread(evidence.endpoints)
            }
        },
        processCheck,
    ]

    /// The APIService is what changes: others may use the Service.
    private static func portHint(_ ports: [Int64], _ target: ServiceTarget, _ apiService: String) -> String {
        guard ports.count == 1 else {
            return "kubectl -n \(target.typedNamespace) edit service \(target.typedName)"
                + "   # or spec.service.port of the APIService"
        }
        return "kubectl patch apiservice \(ShellWord.quoted(apiService)) --type=merge "
            + "-p '{\"spec\":{\"service\":{\"port\":\(ports[0])}}}'   # or have the Service listen on \(target.port)"
    }

    /// What a missing answer comes to: one that was forbidden proves nothing, any other is a failure of the API server.
    static func unread(_ answer: Answer) -> Verdict? {
        switch answer {
        case .refused(403, let message): .couldNotAsk(Finding(.mayNotRead, message))
        case .refused(401, let message): .failed(Finding(.credentialsRefused, message))
        case .refused(let code, let message): .failed(Finding(.apiServerErrs, "HTTP \(code): \(message)"))
        case .unanswered(let finding): .failed(finding)
        case .notAsked, .object: nil
        }
    }
}

/// The Service that an APIService points at.
struct ServiceTarget {
    let name: String
    let namespace: String
    let port: Int64
    /// The same as a shell must see them.
    var typedName: String { ShellWord.quoted(name.inOneLine) }
    var typedNamespace: String { ShellWord.quoted(namespace.inOneLine) }

    /// The name of the Service's port, as its Endpoints are to have it; nil where it is not known.
    func portName(_ evidence: Evidence) -> String? {
        evidence.service.object?["spec"]["ports"].array?.first { $0["port"].int == port }?["name"].string
    }

    func hasPort(_ name: String, in subsets: [JSONValue]) -> Bool {
        subsets.contains { subset in
            subset["addresses"].array?.isEmpty == false
                && subset["ports"].array?.contains { $0["name"].string == name } == true
        }
    }

    init?(_ evidence: Evidence) {
        let service = evidence.apiService.object?["spec"]["service"] ?? .null
        guard let name = service["name"].string, let namespace = service["namespace"].string else { return nil }
        self.name = name
        self.namespace = namespace
        port = service["port"].int ?? 443  // the API's default
    }
}
