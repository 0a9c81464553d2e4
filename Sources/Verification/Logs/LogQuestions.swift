// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// Logs and events, asked only where something fails that they may explain.
extension Questions {
    /// How many of a Deployment's pods are heard.
    private static let mostPods = 2
    /// metrics-server scrapes every 15 s, and at least every minute: what is older than two rounds is no news.
    private static let recentSeconds = 150

    func logs(_ evidence: Evidence) async -> [BackendLog] {
        guard evidence.needsExplaining else { return [] }
        // Those that are not ready first: they have something to tell.
        let pods = (evidence.latestPods ?? []).filter { $0["spec"]["nodeName"].string != nil }
            .sorted { !$0.isReadyPod && $1.isReadyPod }
        return await withTaskGroup(of: BackendLog.self) { group in
            for pod in pods.prefix(Self.mostPods) { group.addTask { await log(of: pod) } }
            var logs: [BackendLog] = []
            for await log in group { logs.append(log) }
            return logs.sorted { $0.pod < $1.pod }
        }
    }

    private func log(of pod: JSONValue) async -> BackendLog {
        let name = (pod.name ?? "").escapingControls
        let namespace = pod["metadata"]["namespace"].string ?? "kube-system"
        let containers = pod["spec"]["containers"].array ?? []
        let container = (containers.first { $0["name"].string == "metrics-server" } ?? containers.first)?["name"].string
        let status = pod["status"]["containerStatuses"].array?.first { $0["name"].string == container } ?? .null
        let runs = status["state"]["running"] != .null
        do {
            var text = try await client.logs(
                pod: pod.name ?? "", namespace: namespace, container: container, tailLines: 1000,
                sinceSeconds: runs ? Self.recentSeconds : nil)
            if runs, (status["restartCount"].int ?? 0) > 0, !pod.isReadyPod {
                let before = try? await client.logs(
                    pod: pod.name ?? "", namespace: namespace, container: container, tailLines: 100, previous: true)
                text = (before ?? "") + "\n" + text
            }
            return BackendLog(pod: name, lines: BackendLog.excerpt(text))
        } catch {
            return BackendLog(pod: name, lines: [], problem: "\(error)")
        }
    }

    /// The warnings among the namespace's events, where no pod came to be, or none that is ready.
    func events(_ evidence: Evidence) async -> Answer {
        guard let pods = evidence.pods.object, !pods.items.contains(where: \.isReadyPod),
            let namespace = evidence.apiService.object?["spec"]["service"]["namespace"].string
        else { return .notAsked }
        let path = ResourceType.events.path(namespace: namespace)
        return await raw("\(path)?limit=200&fieldSelector=type%3DWarning")
    }
}

extension Evidence {
    /// Whether something fails that the backend's log may explain.
    fileprivate var needsExplaining: Bool {
        discovery.object == nil || reading.object == nil || !readyNodesWithoutMetrics.isEmpty
            || !(endpoints.object?["subsets"].array ?? []).contains { $0["addresses"].array?.isEmpty == false }
    }

    /// The Ready nodes that the metrics API does not list; all of them where it lists none. Empty for other APIs.
    var readyNodesWithoutMetrics: [String] {
        guard isMetrics else { return [] }
        let known = Set((reading.object?.items ?? []).compactMap(\.name))
        return (nodes.object?.items ?? []).filter(\.isReadyNode).compactMap(\.name).filter { !known.contains($0) }
    }
}

extension JSONValue {
    var isReadyNode: Bool { hasCondition("Ready") }
    var isReadyPod: Bool { hasCondition("Ready") }

    private func hasCondition(_ type: String) -> Bool {
        (self["status"]["conditions"].array ?? []).contains {
            $0["type"].string == type && $0["status"].string == "True"
        }
    }
}
