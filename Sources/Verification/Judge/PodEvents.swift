// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// What the kubelet has warned of, for one pod.
struct PodEvents {
    /// A probe that fails.
    static let unhealthy = "Unhealthy"
    /// The probes that end a container (kubelet, pkg/kubelet/prober: the events' words).
    static let killingProbes = ["Liveness probe", "Startup probe"]
    /// The kubelet's words for a readiness probe that the process answers, and not with its readiness: it has no such path,
    /// wants a credential for it, or speaks another protocol; or that meets nobody at its port.
    private static let wrongProbes = ["HTTP probe failed with statuscode: 4", "connect: connection refused"]

    /// Whether a warning accuses the readiness probe itself.
    static func isOfWrongProbe(_ message: String) -> Bool {
        message.contains("Readiness probe") && wrongProbes.contains { message.contains($0) }
    }

    /// What keeps a container from being created (kubelet, pkg/kubelet/events).
    static let creation: Set = ["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "NetworkNotReady"]

    /// What was warned of earlier is history; in seconds.
    private static let recent: TimeInterval = 180
    /// A container that backs off is tried again after 5 minutes at most, and warned of then; in seconds.
    private static let backOff: TimeInterval = 600

    private let all: [JSONValue]
    private let now: Date

    init(_ evidence: Evidence) {
        all = evidence[.events].object?.items ?? []
        now = evidence.askedAt
    }

    /// The latest message of these reasons.
    ///
    /// - Parameter words: one of these has to be in it; none for any message.
    func last(of pod: String, _ reasons: Set<String>, saying words: [String] = []) -> String? {
        said(of: pod, reasons, within: words.isEmpty ? Self.recent : Self.backOff) { message in
            words.isEmpty || words.contains { message.contains($0) }
        }
    }

    /// Why an image of a pod was not pulled.
    func pullFailure(of pod: String, _ image: String) -> String? {
        said(of: pod, ["Failed"], within: Self.backOff) {
            $0.contains("ailed to pull") && (image.isEmpty || $0.contains(image))
        }
    }

    private func said(
        of pod: String, _ reasons: Set<String>, within seconds: TimeInterval, _ fits: (String) -> Bool
    ) -> String? {
        let moment = now.addingTimeInterval(-seconds).formatted(.iso8601)
        // Times of one form stand in the order of their letters; an event without one is not old.
        return all.filter { event in
            event["involvedObject"]["kind"].string == "Pod" && event["involvedObject"]["name"].string == pod
                && reasons.contains(event["reason"].string ?? "") && fits(event["message"].string ?? "")
                && event.eventTime.map { $0 >= moment } ?? true
        }.max { ($0.eventTime ?? "") < ($1.eventTime ?? "") }
            .map { "\($0["reason"].string ?? ""): \($0["message"].string ?? "")" }
    }
}

extension JSONValue {
    /// When an event was last seen, in one of the fields that its writer fills; nil where it does not say.
    var eventTime: String? { self["lastTimestamp"].string ?? self["eventTime"].string }
}
