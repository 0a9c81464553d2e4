// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubeletCertificates
internal import KubernetesClient

/// Closer looks at the Nodes, where their metrics are missing or look old.
extension Questions {
    /// metrics-server reads kubelets every 15 s; a little more, for the answer.
    private static let renewal = Duration.seconds(20)

    /// The list of node metrics once more, as soon as one that looks old was renewed: then it is a clock that is slow.
    func readingAgain(_ seen: Evidence) async -> Answer {
        guard seen.isMetrics, let first = seen[.reading].object?.items else { return .notAsked }
        let stale = Set(Coverage(first, at: seen.askedAt).stale)
        guard !stale.isEmpty else { return .notAsked }
        func times(_ items: [JSONValue]) -> [String: String] {
            Dictionary(
                items.compactMap { item in
                    guard let name = item.name, stale.contains(name) else { return nil }
                    return (name, item["timestamp"].string ?? "")
                }
            ) { first, _ in first }
        }
        let before = times(first)
        let end = ContinuousClock.now + Self.renewal
        var latest = Answer.notAsked
        repeat {
            do { try await Task.sleep(for: .seconds(2)) } catch { return latest }
            latest = await items(seen.readingPath, ["metadata": ["name": .whole], "timestamp": .whole])
            guard let now = latest.object.map({ times($0.items) }) else { return latest }
            if before.allSatisfy({ now[$0.key] ?? "" > $0.value }) { return latest }
        } while ContinuousClock.now < end
        return latest
    }

    /// What has become of kubelets' requests, where one serves without a certificate.
    func signingRequests(_ seen: Evidence) async -> Answer {
        guard seen.logs.contains(where: \.tellsOfKubeletWithoutCertificate) else { return .notAsked }
        return await answer { ["items": .array(try await KubeletCertificateRequests.objects(client))] }
    }

    /// As the server reads metrics-server's own `--node-selector`.
    func selectedNodes(_ seen: Evidence) async -> Answer {
        guard !seen.readyNodesWithoutMetrics.isEmpty, let selector = seen.nodeSelector else { return .notAsked }
        do {
            let path = ResourceType.nodes.path(namespace: nil)
            let found = try await client.items(
                path, query: [("labelSelector", selector), ("resourceVersion", "0")],
                accept: ResourceType.metadataOnly, ignoring: ResourceType.bulk
            ) { (node: JSONValue) -> JSONValue? in ["metadata": ["name": node["metadata"]["name"]]] }
            return .object(["items": .array(found.items)])
        } catch { return Self.answer(error) }
    }
}
