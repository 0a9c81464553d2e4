// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import KubernetesClient

/// Where an installation of metrics-server stands: pure, of the objects as they are.
public struct RolloutStatus: Sendable, Equatable {
    /// What comes one after the other, from the first object to an available API.
    public enum Stage: Int, CaseIterable, Comparable, Sendable {
        case objects, controller, scheduling, pulling, starting, readiness, endpoints, availability, done

        public static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }

        /// How long the stage takes where nothing is wrong, in seconds. Measured on a small cluster, but for the
        /// pull, which is as fast as the registry; readiness is the probe's initial delay of 20 s and at most one
        /// period of 10 s, availability the aggregator's pace between two looks (at most 30 s after failures).
        public var usualSeconds: ClosedRange<Int> {
            switch self {
            case .objects, .controller, .endpoints: 0...2
            case .scheduling: 0...5
            case .pulling: 1...60
            case .starting: 1...5
            case .readiness: 20...30
            case .availability: 1...30
            case .done: 0...0
            }
        }
    }

    public let stage: Stage
    /// What has to happen next, in words that follow "waiting for".
    public let waitsFor: String
    /// What the server says of it, where it says something.
    public let detail: String?
    /// Whether waiting may help. False only for what is known to stay: nobody waits for it to end.
    public let timeMends: Bool

    init(_ stage: Stage, _ waitsFor: String, detail: String? = nil, timeMends: Bool = true) {
        self.stage = stage
        self.waitsFor = waitsFor.singleLine
        self.detail = detail.flatMap { $0.isEmpty ? nil : $0.singleLine }
        self.timeMends = timeMends
    }

    public var isDone: Bool { stage == .done }

    /// Judges the objects as they were read last; nil or empty is what does not exist, or was not read.
    ///
    /// - Parameters:
    ///   - replicaSets: the Deployment's; without them the newest pod tells which pods belong to the newest version.
    ///   - pods: those that the Deployment selects, of every version.
    ///   - now: by which a container counts as new.
    public static func judge(
        deployment: JSONValue?, replicaSets: [JSONValue] = [], pods: [JSONValue], endpoints: JSONValue?,
        apiService: JSONValue?, now: Date
    ) -> RolloutStatus {
        guard let deployment else { return RolloutStatus(.objects, "Deployment metrics-server to be applied") }
        let workload = WorkloadRollout(deployment: deployment, replicaSets: replicaSets, pods: pods)
        if let status = workload.status(now: now) { return status }
        let ready = (endpoints?["subsets"].array ?? []).flatMap { $0["addresses"].array ?? [] }
        guard !ready.isEmpty else {
            return RolloutStatus(.endpoints, "the Service to find the ready pod")
        }
        return availability(apiService)
    }

    private static func availability(_ apiService: JSONValue?) -> RolloutStatus {
        guard let apiService else { return RolloutStatus(.objects, "APIService \(apiServiceName) to be applied") }
        let available = apiService.condition("Available")
        guard available != .null else {
            return RolloutStatus(.availability, "the API server's first look at \(apiServiceName)")
        }
        guard available["status"].string != "True" else { return RolloutStatus(.done, "nothing") }
        let reason = available["reason"].string ?? ""
        let message = available["message"].string ?? ""
        return RolloutStatus(
            .availability, "the API server to reach metrics-server",
            detail: [reason, message].filter { !$0.isEmpty }.joined(separator: ": "),
            timeMends: !isRefusal(reason: reason, message))
    }

    private static var apiServiceName: String { MetricsServerManifest.apiService.name }

    /// A certificate that was refused, or an address the other side will never listen on. Routes, listeners and
    /// endpoints may still come; the aggregator looks again.
    private static func isRefusal(reason: String, _ message: String) -> Bool {
        switch reason {
        case "ServicePortError": true
        case "FailedDiscoveryCheck":
            message.contains("x509:") || message.hasSuffix(": 401") || message.hasSuffix(": 403")
        default: false
        }
    }
}
