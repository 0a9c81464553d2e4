// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// Logs and events, asked only where something fails that they may explain.
extension Questions {
    /// How many of a Deployment's pods are heard.
    private static let mostPods = 2
    /// metrics-server scrapes every 15 s, and at least every minute: what is older than two rounds is no news.
    private static let recentSeconds = 150

    func logs(_ seen: Evidence) async -> Answer {
        guard seen.needsExplaining || seen.hasEndedContainers else { return .notAsked }
        // Those that are not ready first: they have something to tell.
        let pods = (seen.latestPods ?? []).filter { $0["spec"]["nodeName"].string != nil }
            .sorted { !$0.isReadyPod && $1.isReadyPod }
        var found = seen
        found.logs = await withTaskGroup(of: [BackendLog].self) { group in
            for pod in pods.prefix(Self.mostPods) { group.addTask { await self.logs(of: pod) } }
            var logs: [BackendLog] = []
            for await log in group { logs += log }
            // What ended comes before what runs: the last words count.
            return logs.sorted { ($0.pod, $0.hasEnded ? 0 : 1) < ($1.pod, $1.hasEnded ? 0 : 1) }
        }
        return found[.logs]
    }

    /// Of the backend's container, and of another one that ends; of an init container alone, where one keeps the others
    /// from starting.
    private func logs(of pod: JSONValue) async -> [BackendLog] {
        let names = (pod["spec"]["containers"].array ?? []).compactMap { $0["name"].string }
        let main = names.first { $0 == "metrics-server" } ?? names.first
        if let initial = pod["status"]["initContainerStatuses"].array?.first(where: { $0.keepsEnding }) {
            return await logs(of: pod, initial)
        }
        let statuses = pod["status"]["containerStatuses"].array ?? []
        let own = statuses.first { $0["name"].string == main } ?? ["name": .string(main ?? "")]
        let other = statuses.first { $0["name"].string != main && $0["ready"].bool != true && $0.keepsEnding }
        var found = await logs(of: pod, own)
        if let other { found += await logs(of: pod, other) }
        return found
    }

    private func logs(of pod: JSONValue, _ status: JSONValue) async -> [BackendLog] {
        let container = status["name"].string
        let runs = status["state"]["running"] != .null
        var logs = [await log(of: pod, container, hasEnded: !runs)]
        if runs, (status["restartCount"].int ?? 0) > 0, !pod.isReadyPod {
            logs.insert(await log(of: pod, container, hasEnded: true, previous: true), at: 0)
        }
        return logs
    }

    private func log(
        of pod: JSONValue, _ container: String?, hasEnded: Bool, previous: Bool = false
    ) async -> BackendLog {
        let name = (pod.name ?? "").escapingControls
        do {
            let text = try await client.logs(
                pod: pod.name ?? "", namespace: pod["metadata"]["namespace"].string ?? "kube-system",
                container: container, tailLines: hasEnded ? 200 : 1000, previous: previous,
                sinceSeconds: hasEnded ? nil : Self.recentSeconds, timestamps: true)
            return BackendLog(
                pod: name, container: container?.escapingControls,
                lines: BackendLog.excerpt(text, hasEnded: hasEnded), hasEnded: hasEnded)
        } catch {
            // Of a container before this one there may be no log any more.
            return BackendLog(
                pod: name, container: container?.escapingControls, lines: [], hasEnded: hasEnded,
                problem: previous ? nil : "\(error)", isSilent: !previous && error.kind == .timeout)
        }
    }

    /// The warnings among the namespace's events, where a pod is missing or not ready.
    func events(_ seen: Evidence) async -> Answer {
        guard let target = ServiceTarget(seen), let pods = seen.latestPods,
            !pods.allSatisfy(\.isReadyPod) || pods.isEmpty
                || seen.deployment?.isShortOfPods == true
        else { return .notAsked }
        let path = ResourceType.events.path(namespace: target.namespace)
        return await raw("\(path)?limit=500&fieldSelector=type%3DWarning")
    }
}

extension JSONValue {
    /// Whether a container has ended with an error, and is not what it should be since.
    fileprivate var keepsEnding: Bool {
        let now = self["state"]["terminated"]
        if now != .null { return now["exitCode"].int != 0 }
        return self["lastState"]["terminated"] != .null && self["ready"].bool != true
    }
}
