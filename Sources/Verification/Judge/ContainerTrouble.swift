// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// Why a container is not there, or does not stay (kubelet, pkg/kubelet/images and kuberuntime: the reasons).
struct ContainerTrouble {
    private let container: JSONValue
    private let pod: String
    private let isInitial: Bool
    private let evidence: Evidence
    private let events: PodEvents

    init(
        _ container: JSONValue, of pod: String, isInitial: Bool = false, _ evidence: Evidence, _ events: PodEvents
    ) {
        self.container = container
        self.pod = pod
        self.isInitial = isInitial
        self.evidence = evidence
        self.events = events
    }

    private var describe: Hint { .look("kubectl -n \(.namespace) describe pod \(pod)") }
    private var name: String { (container["name"].string ?? "").inOneLine }

    var finding: Finding? { ended ?? waiting }

    // MARK: It ended

    /// A container that was started again has come up, or is what it was, after that; in seconds.
    private static let restarted: TimeInterval = 60

    private var isRunning: Bool { container["state"]["running"] != .null }

    /// How its last run ended; nil where it never ended, or has run for a while since.
    private var lastEnd: JSONValue? {
        let state = container["state"]
        if state["terminated"] != .null { return state["terminated"] }
        let before = container["lastState"]["terminated"]
        guard before != .null else { return nil }
        if let started = state["running"]["startedAt"].string.flatMap({ try? Date($0, strategy: .iso8601) }),
            evidence.askedAt.timeIntervalSince(started) > Self.restarted
        {
            return nil
        }
        return before
    }

    private var ended: Finding? {
        guard let end = lastEnd else { return nil }
        let code = end["exitCode"].int ?? 0
        if isInitial, container["state"]["terminated"] != .null, code == 0 { return nil }
        if end["reason"].string == "OOMKilled" {
            let limit = memoryLimit.map { "; its memory limit is \($0)" } ?? ""
            return Finding(.outOfMemory, about: .pod(pod), "pod \(pod), container \(name) was OOMKilled\(limit)")
        }
        // What the runtime says where it could not start the program.
        if let (word, code) = cause(toldBy: end) {
            let limit = code == .outOfMemory ? memoryLimit.map { "; its memory limit is \($0)" } ?? "" : ""
            return Finding(
                code, about: .pod(pod),
                "pod \(pod), container \(name): \(word)\(limit)\(Architecture.note(code, pod, evidence))")
        }
        if let killed = events.last(of: pod, [PodEvents.unhealthy], saying: PodEvents.killingProbes),
            [0, 137, 143].contains(code)
        {
            return Finding(.livenessKills, about: .pod(pod), "pod \(pod), container \(name): \(killed)", hint: describe)
        }
        if ["StartError", "ContainerCannotRun"].contains(end["reason"].string) {
            return Finding(
                .containerNotMade, about: .pod(pod),
                "pod \(pod), container \(name): \(end["message"].string ?? end["reason"].string ?? "")", hint: describe)
        }
        // A node that was restarted ends every container, and starts it again: nothing is wrong with that.
        if isRunning, code == 0 || end["reason"].string == "Unknown" { return nil }
        return crash(end)
    }

    private func crash(_ end: JSONValue) -> Finding {
        let waits = container["state"]["waiting"] != .null
        let code = end["exitCode"].int.map { ", exit code \($0)\(Self.meaning(ofExit: $0))" } ?? ""
        let verb = waits ? "keeps ending" : isRunning ? "ended, and was started again" : "ended"
        let words = lastWord(of: end).map { "; it said: \($0)" } ?? ""
        return Finding(
            .podCrashing, about: .pod(pod), "pod \(pod), container \(name) \(verb)\(code)\(words)",
            hint: waits || isRunning
                ? .look("kubectl -n \(.namespace) logs --previous \(pod) -c \(name)")
                : .look("kubectl -n \(.namespace) logs \(pod) -c \(name)"),
            // What was started again has to be given the time to come up.
            patience: waits ? nil : Duration.seconds(Int(Self.restarted)))
    }

    /// What a program does not choose by itself (128 and the signal's number).
    private static func meaning(ofExit code: Int64) -> String {
        switch code {
        case 134: " (aborted)"
        case 137: " (killed from outside)"
        case 139: " (segmentation fault)"
        case 143: " (asked from outside to end)"
        default: ""
        }
    }

    private var memoryLimit: String? {
        let containers = evidence.latestPods?.first { $0.name == pod }?["spec"]["containers"].array ?? []
        return containers.first { $0["name"] == container["name"] }?["resources"]["limits"]["memory"].string?.inOneLine
    }

    /// The end of its log, where the pod has the kubelet keep that, or the runtime's words.
    private func told(by end: JSONValue) -> [String] {
        end["message"].string.map { BackendLog.excerpt($0, hasEnded: true) } ?? []
    }

    /// What a signature knows of that; a cause that others may witness against is left to the log's claim.
    private func cause(toldBy end: JSONValue) -> (String, FailureCode)? {
        for line in told(by: end).reversed().map(LogLine.init) {
            guard let meaning = line.meaning, meaning.source == .process,
                Catalogue.cause(meaning.code).contradictedBy.isEmpty
            else { continue }
            return (line.words, meaning.code)
        }
        return nil
    }

    /// What the container said last: one line, without secrets, and no more than a reader takes in.
    private func lastWord(of end: JSONValue) -> String? {
        let logs = evidence.logs.filter {
            $0.pod == pod && $0.hasEnded && ($0.container == nil || $0.container == name)
        }
        let kept = told(by: end)
        let word = LogLine.lastWord(kept.isEmpty ? logs.flatMap(\.lines) : kept)
        guard let text = word?.words.withoutSecrets.inOneLine, !text.isEmpty else { return nil }
        return text.count > Self.longestWords ? "\(text.prefix(Self.longestWords - 1))…" : text
    }

    /// In characters.
    private static let longestWords = 200

    // MARK: It waits

    private var waiting: Finding? {
        let waiting = container["state"]["waiting"]
        let message = waiting["message"].string ?? ""
        switch waiting["reason"].string ?? "" {
        case "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable",
            "SignatureValidationFailed", "ImageInspectError":
            return image(message)
        case "CrashLoopBackOff": return crash(.null)
        case "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError":
            if let code = Catalogue.cause(of: message, in: .process) {
                return Finding(
                    code, about: .pod(pod), "pod \(pod): \(message)\(Architecture.note(code, pod, evidence))")
            }
            return Finding(
                .containerNotMade, about: .pod(pod),
                "pod \(pod), container \(name): \(waiting["reason"].string ?? ""): \(message)", hint: describe)
        default: return nil
        }
    }

    private func image(_ message: String) -> Finding {
        let image = (container["image"].string ?? "").inOneLine
        // While it backs off, older kubelets repeat the image's name; the event keeps the reason.
        let reason = events.pullFailure(of: pod, image) ?? message
        let hint: Hint =
            image.hasPrefix("k8s.gcr.io/")
            ? .fix("\(.installMetrics)", "k8s.gcr.io is frozen; the image is at registry.k8s.io")
            : describe
        return Finding(
            Catalogue.cause(of: reason, in: .image) ?? .imageNotPulled, about: .pod(pod),
            "pod \(pod), image \(image): \(reason)", hint: hint)
    }
}

/// The processor of the node that a pod is on, where that matters.
enum Architecture {
    /// Empty where the cause is another, or the node's is not known.
    static func note(_ code: FailureCode, _ pod: String, _ evidence: Evidence) -> String {
        guard code == .wrongArchitecture else { return "" }
        let nodeName = evidence.latestPods?.first { $0.name == pod }?["spec"]["nodeName"].string
        let node = evidence[.nodes].object?.items.first { $0.name == nodeName }
        return node?["status"]["nodeInfo"]["architecture"].string
            .map { "; Node \((nodeName ?? "").inOneLine) is \($0.inOneLine)" } ?? ""
    }
}
