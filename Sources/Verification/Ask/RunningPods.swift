// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// The pods that metrics are missed of, of many no more than is needed to miss them.
extension Questions {
    /// Up to a page of pods as they are, and of more those that do not run, from the server's cache.
    ///
    /// - Returns: a list; where more pods follow, `idle` holds those of all pages that do not run, and `rest` how many
    ///   follow this page, by the server's word.
    func podPage() async -> Answer {
        do {
            let path = ResourceType.pods.path(namespace: nil)
            let page = try await client.items(path, query: [("limit", "500")], ignoring: ResourceType.bulk) {
                KeptFields.closePod.selected(from: $0)
            }
            var list = page.list
            list["items"] = .array(page.items)
            guard list["metadata"]["continue"].string?.isEmpty == false else { return .object(list) }
            list["rest"] = .int(list["metadata"]["remainingItemCount"].int ?? 0)
            list["idle"] = .array(
                try await client.items(
                    path, query: [("fieldSelector", "status.phase!=Running"), ("resourceVersion", "0")]
                ) { KeptFields.anyPod.selected(from: $0) }.items)
            return .object(list)
        } catch { return Self.answer(error) }
    }

    /// All pods. Where those that do not run and those with metrics are as many as there are, no running one is
    /// missed: then those with metrics are told as running, without a time. Else the server is asked for their names.
    func allPods(_ page: Answer, measured: Answer) async -> Answer {
        guard var list = page.object, let rest = list["rest"].int else { return page }
        let idle = list["idle"].array ?? []
        list["idle"] = .null
        list["rest"] = .null
        if let metrics = measured.object?.items {
            let known = Set(metrics.map(\.key))
            let unmeasured = idle.filter { !known.contains($0.key) }
            if unmeasured.count + metrics.count - list.items.count == rest {
                let running = metrics.map { (pod: JSONValue) -> JSONValue in
                    ["metadata": pod["metadata"], "status": ["phase": "Running"]]
                }
                list["items"] = .array(running + unmeasured)
                return .object(list)
            }
        }
        return await withStartTimes(await runningPods(), measured: measured)
    }

    /// Those that run, without what they are made of: `status.startTime` is when they were created, which is no later.
    private func runningPods() async -> Answer {
        do {
            var running = try await client.items(
                ResourceType.pods.path(namespace: nil),
                query: [("fieldSelector", "status.phase=Running"), ("resourceVersion", "0")],
                accept: ResourceType.metadataOnly, ignoring: ResourceType.bulk
            ) { pod -> JSONValue? in
                let metadata = pod["metadata"]
                var kept: [String: JSONValue] = ["name": metadata["name"], "namespace": metadata["namespace"]]
                if metadata["deletionTimestamp"] != .null { kept["deletionTimestamp"] = metadata["deletionTimestamp"] }
                return [
                    "metadata": .object(kept),
                    "status": ["phase": "Running", "startTime": metadata["creationTimestamp"]],
                ]
            }
            running.list["items"] = .array(running.items)
            return .object(running.list)
        } catch { return Self.answer(error) }
    }

    /// As many pods as are looked at again, each by itself.
    private static let mostSingle = 100

    /// The same, with the pods that have no metrics as they are now: one that was created long ago may have started
    /// just now, or be gone.
    private func withStartTimes(_ pods: Answer, measured: Answer) async -> Answer {
        guard var list = pods.object, list.items.count > 500, let metrics = measured.object else { return pods }
        let known = Set(metrics.items.map(\.key))
        let missing = list.items.indices.filter { !known.contains(list.items[$0].key) }
        guard !missing.isEmpty, missing.count <= Self.mostSingle else { return pods }
        var items = list.items
        for index in missing {
            let metadata = items[index]["metadata"]
            let reference = ObjectReference(
                .pods, namespace: metadata["namespace"].string ?? "", name: metadata["name"].string ?? "")
            do throws(APIError) {
                items[index] = KeptFields.closePod.selected(from: try await client.get(reference))
            } catch  where error.isNotFound {
                items[index]["status"] = .null
            } catch {}
        }
        list["items"] = .array(items)
        return .object(list)
    }
}
