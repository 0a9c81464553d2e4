// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient
internal import MetricsServer

/// Which objects have metrics, and how old these are.
struct Coverage {
    private let names: Set<String>
    /// The oldest, in whole seconds; 0 where nothing says when it was measured.
    let age: Int
    /// Those whose metrics have not been renewed for several rounds of metrics-server's 15 s (and longest, 60 s).
    let stale: [String]

    private static let staleAfter: TimeInterval = 150

    init(_ metrics: [JSONValue], at moment: Date) {
        names = Set(metrics.compactMap(\.name))
        // Times of one form, in UTC, stand in the order of their letters; reading each would take long for many.
        let limit = moment.addingTimeInterval(-Self.staleAfter).formatted(.iso8601)
        var oldest: String?
        var stale: [String] = []
        for item in metrics {
            guard let time = item["timestamp"].string, time.utf8.count == limit.utf8.count, time.hasSuffix("Z") else {
                continue
            }
            if oldest.map({ time < $0 }) ?? true { oldest = time }
            if time < limit { stale.append(item["metadata"]["namespace"] == .null ? item.name ?? "" : item.key) }
        }
        self.stale = stale
        let since = oldest.flatMap { try? Date($0, strategy: .iso8601) }.map { moment.timeIntervalSince($0) }
        age = since.flatMap { Int(exactly: max(0, $0).rounded()) } ?? 0
    }

    func has(_ name: String) -> Bool { names.contains(name) }
}

/// Why nodes or pods have no metrics, as far as their own objects tell.
struct MissingReasons {
    /// The first few by name, those with the same reason together.
    let words: String

    private static let most = 5

    init(ofNodes missing: [String], _ nodes: [JSONValue], at moment: Date) {
        words = Self.words(missing, nodes, name: { $0.name ?? "" }) { MissingMetrics.reason(ofNode: $0, at: moment) }
    }

    init(ofPods missing: [String], _ pods: [JSONValue], at moment: Date) {
        words = Self.words(missing, pods, name: \.key) { MissingMetrics.reason(ofPod: $0, at: moment) }
    }

    /// Of nodes, for a reason that the caller knows.
    init(of nodes: [JSONValue], _ reason: (JSONValue) -> String?) {
        words = Self.words(nodes.compactMap(\.name), nodes, name: { $0.name ?? "" }, reason: reason)
    }

    private static func words(
        _ missing: [String], _ objects: [JSONValue], name: (JSONValue) -> String, reason: (JSONValue) -> String?
    ) -> String {
        let shown = missing.sorted().prefix(most)
        var byName: [String: JSONValue] = [:]
        for object in objects where shown.contains(name(object)) { byName[name(object)] = object }
        var groups: [(reason: String, names: [String])] = []
        for one in shown {
            let why = byName[one].flatMap(reason) ?? ""
            if let index = groups.firstIndex(where: { $0.reason == why }) {
                groups[index].names.append(one)
            } else {
                groups.append((why, [one]))
            }
        }
        let told = groups.map { $0.names.joined(separator: ", ") + ($0.reason.isEmpty ? "" : " (\($0.reason))") }
        let rest = missing.count - shown.count
        return told.joined(separator: "; ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
