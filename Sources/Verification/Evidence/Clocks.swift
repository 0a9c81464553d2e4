// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// How the clocks of this machine, of kube-apiserver and of the nodes differ, as far as answers show it.
struct Clocks {
    /// How far this machine's clock is ahead of kube-apiserver's, in seconds; nil where the server does not tell.
    let lead: TimeInterval?
    /// The Nodes whose kubelets date their figures in the future, and those that date them long ago and renew them all
    /// the same; by how many seconds.
    let ahead: [String: Int]
    let behind: [String: Int]

    /// What nobody is told of, in seconds: an answer takes its time, and both clocks are read in whole seconds.
    static let tolerance: TimeInterval = 30

    init(_ evidence: Evidence) {
        let version = evidence[.version].object ?? .null
        func time(_ key: String) -> Date? { version[key].string.flatMap { try? Date($0, strategy: .iso8601) } }
        lead = time("localTime").flatMap { local in
            time("serverTime").map { local.timeIntervalSince($0) }
        }
        var ahead: [String: Int] = [:]
        var behind: [String: Int] = [:]
        let readings = evidence.isMetrics ? evidence[.reading].object?.items ?? [] : []
        // Times of one form, in UTC, stand in the order of their letters; reading each would take long for many.
        let future = evidence.askedAt.addingTimeInterval(Self.tolerance).formatted(.iso8601)
        for item in readings {
            guard let name = item.name, let text = item["timestamp"].string, text.utf8.count == future.utf8.count,
                text > future, let date = try? Date(text, strategy: .iso8601)
            else { continue }
            ahead[name] = Self.whole(date.timeIntervalSince(evidence.askedAt))
        }
        if let again = evidence[.readingAgain].object?.items {
            let before = Dictionary(
                readings.compactMap { item in item.name.map { ($0, item["timestamp"].string ?? "") } }
            ) { first, _ in first }
            let stale = Set(Coverage(readings, at: evidence.askedAt).stale)
            for item in again {
                guard let name = item.name, stale.contains(name), let text = item["timestamp"].string,
                    let first = before[name], text > first,
                    let date = try? Date(first, strategy: .iso8601)
                else { continue }
                behind[name] = Self.whole(evidence.askedAt.timeIntervalSince(date))
            }
        }
        self.ahead = ahead
        self.behind = behind
    }

    private static func whole(_ seconds: TimeInterval) -> Int { Int(exactly: seconds.rounded()) ?? Int.max }
}
