// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import KubernetesClient

/// An aggregated API that is not metrics-server's: what we have not installed we cannot mend, so hints say where to look.
struct OtherAPI {
    private let name: String
    private let namespace: String
    private let service: String
    private let pods: String

    init(_ evidence: Evidence) {
        name = ShellWord.quoted(evidence.apiServiceName.inOneLine)
        let target = ServiceTarget(evidence)
        namespace = ShellWord.quoted(target?.namespace.inOneLine ?? "default")
        service = ShellWord.quoted(target?.name.inOneLine ?? "")
        let selector = (evidence.service.object?["spec"]["selector"].object ?? [:])
            .compactMap { key, value in value.string.map { "\(key)=\($0)" } }.sorted().joined(separator: ",")
        pods = selector.isEmpty ? "" : " -l \(ShellWord.quoted(selector.inOneLine))"
    }

    /// Whether a hint of the catalogue's is about metrics-server.
    static func isMetricsServers(_ hint: String) -> Bool {
        hint.contains("metrics-server") || hint.contains("install-metrics")
    }

    func hint(_ code: FailureCode) -> String {
        switch code {
        case .backendNotTrusted, .backendNotVerified, .backendCAEnds:
            "kubectl get apiservice \(name) -o yaml   # is spec.caBundle the CA of the backend's certificate?"
        case .backendBadStatus, .discoveryEmpty, .authorizerTimesOut, .podCrashing, .podNotReady:
            "kubectl -n \(namespace) logs service/\(service)"
        case .apiServiceMissing:
            "apply the API's own manifests again, which have APIService \(name); kubectl get apiservices lists those that are there"
        case .serviceMissing, .servicePortMismatch:
            "apply the API's own manifests again, which have Service \(service) in namespace \(namespace)"
        case .endpointsMissing,
            .noReadyAddresses where pods.isEmpty:
            "give Service \(service) an address where the backend runs: kubectl -n \(namespace) edit endpoints \(service)"
        default: "kubectl -n \(namespace) get pods\(pods) -o wide"
        }
    }
}
