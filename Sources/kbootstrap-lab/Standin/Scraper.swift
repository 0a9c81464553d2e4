// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// Asks every node's kubelet for its metrics, all at once, each a little after the one before.
struct Scraper: Sendable {
    /// Upstream spreads the requests over 8 ms a node, 4 s at most (metrics-server, pkg/scraper/scraper.go).
    static let delayPerNode = 8
    static let longestDelay = 4000

    let nodes: FollowedObjects<ScrapedNode>
    let connection: KubeletConnection
    let preferredAddressTypes: [String]
    let defaultPort: Int
    let usesStatusPort: Bool
    let nodeSelector: LabelSelector?
    let release: StandinRelease
    let log: KlogLine

    func scrape() async -> MetricsBatch {
        let nodes = nodes.all.filter { nodeSelector?.matches($0.labels) ?? true }.sorted { $0.name < $1.name }
        log.structured(
            .info, "Scraping metrics from nodes", at: "scraper.go:119", level: 1, ["nodeCount": .bare("\(nodes.count)")]
        )
        let spread = min(Self.delayPerNode * nodes.count, Self.longestDelay)
        let start = ContinuousClock.now
        let batch = await withTaskGroup(of: MetricsBatch?.self) { group in
            for (index, node) in nodes.enumerated() {
                group.addTask {
                    do {
                        try await Task.sleep(for: .milliseconds(spread * index / nodes.count))
                    } catch { return nil }
                    return await scrape(node)
                }
            }
            var whole = MetricsBatch()
            for await part in group {
                guard let part else { continue }
                whole.nodes.merge(part.nodes) { first, _ in first }
                whole.pods.merge(part.pods) { first, _ in first }
            }
            return whole
        }
        log.structured(
            .info, "Scrape finished", at: "scraper.go:174", level: 1,
            [
                "duration": .text(GoDuration.text(ContinuousClock.now - start)),
                "nodeCount": .bare("\(batch.nodes.count)"), "podCount": .bare("\(batch.pods.count)"),
            ])
        return batch
    }

    private func scrape(_ node: ScrapedNode) async -> MetricsBatch? {
        do throws(ScrapeFailure) {
            let host = try node.address(preferring: preferredAddressTypes)
            let port = usesStatusPort ? node.statusPort ?? defaultPort : defaultPort
            let asked = Int64(Date().timeIntervalSince1970 * 1000)
            let text = try await connection.get(host: host, port: port, path: node.metricsPath ?? "/metrics/resource")
            do {
                return try ResourceMetricsText.parse(text, node: node.name, receivedAt: asked)
            } catch {
                throw ScrapeFailure(text: error.description)
            }
        } catch {
            tell(error, node)
            return nil
        }
    }

    private func tell(_ failure: ScrapeFailure, _ node: ScrapedNode) {
        if !node.isReady, release.isSilentAboutUnreadyNodes {
            log.structured(
                .info, "Failed to scrape node, node is not ready", at: "scraper.go:145", level: 4,
                ["node": .text(node.name), "err": .text(failure.text)])
        } else if failure.isTimeout, release.tellsScrapeTimeouts {
            log.structured(
                .error, "Failed to scrape node, timeout to access kubelet", at: "scraper.go:147",
                [
                    "err": .text(failure.text), "node": .text(node.name),
                    "timeout": .text(GoDuration.text(connection.timeout)),
                ])
        } else {
            log.structured(
                .error, "Failed to scrape node", at: release.tellsScrapeTimeouts ? "scraper.go:149" : "scraper.go:140",
                ["err": .text(failure.text), "node": .text(node.name)])
        }
    }
}
