// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// Why a container is not there, or does not stay (kubelet, pkg/kubelet/images and kuberuntime: the reasons).
struct ContainerTrouble {
    private let container: JSONValue
    private let pod: String
    private let evidence: Evidence
    private let events: PodEvents

    init(_ container: JSONValue, of pod: String, _ evidence: Evidence, _ events: PodEvents) {
        self.container = container
        self.pod = pod
        self.evidence = evidence
        self.events = events
    }

    private var describe: Hint { .look("kubectl -n \(.namespace) describe pod \(pod)") }
    private var name: String { (container["name"].string ?? "").inOneLine }

    var finding: Finding? { ended ?? waiting }

    // MARK: It ended

    private var ended: Finding? {
        for state in [container["state"]["terminated"], container["lastState"]["terminated"]] where state != .null {
            if state["reason"].string == "OOMKilled" {
                return Finding(.outOfMemory, about: .pod(pod), "pod \(pod), container \(name) was OOMKilled")
            }
            // What the runtime says where it could not start the program.
            if let message = state["message"].string, let code = Catalogue.cause(of: message, in: .process) {
                return Finding(code, about: .pod(pod), "pod \(pod): \(message)\(architecture(code))")
            }
        }
        return nil
    }

    private func architecture(_ code: FailureCode) -> String {
        guard code == .wrongArchitecture else { return "" }
        let nodeName = evidence.latestPods?.first { $0.name == pod }?["spec"]["nodeName"].string
        let node = evidence[.nodes].object?.items.first { $0.name == nodeName }
        return node?["status"]["nodeInfo"]["architecture"].string.map { "; Node \(nodeName ?? "") is \($0.inOneLine)" }
            ?? ""
    }

    // MARK: It waits

    private var waiting: Finding? {
        let waiting = container["state"]["waiting"]
        let message = waiting["message"].string ?? ""
        switch waiting["reason"].string ?? "" {
        case "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable",
            "SignatureValidationFailed", "ImageInspectError":
            return image(message)
        case "CrashLoopBackOff": return crash
        case "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError":
            if let code = Catalogue.cause(of: message, in: .process) {
                return Finding(code, about: .pod(pod), "pod \(pod): \(message)\(architecture(code))")
            }
            return Finding(
                .containerNotMade, about: .pod(pod), "pod \(pod): \(waiting["reason"].string ?? ""): \(message)",
                hint: describe)
        default: return nil
        }
    }

    private func image(_ message: String) -> Finding {
        let image = (container["image"].string ?? "").inOneLine
        // While it backs off, the state repeats the image's name; the event keeps the reason.
        let reason = events.last(of: pod, ["Failed"], saying: "ailed to pull") ?? message
        let hint: Hint =
            image.hasPrefix("k8s.gcr.io/")
            ? .fix("\(.installMetrics)", "k8s.gcr.io is frozen; the image is at registry.k8s.io")
            : describe
        return Finding(
            Catalogue.cause(of: reason, in: .image) ?? .imageNotPulled, about: .pod(pod),
            "pod \(pod), image \(image): \(reason)", hint: hint)
    }

    private var crash: Finding {
        let last = container["lastState"]["terminated"]
        if let killed = events.last(of: pod, [PodEvents.unhealthy], saying: "Liveness"),
            [0, 137, 143].contains(last["exitCode"].int)
        {
            return Finding(.livenessKills, about: .pod(pod), "pod \(pod): \(killed)", hint: describe)
        }
        let code = last["exitCode"].int.map { ", exit code \($0)" } ?? ""
        return Finding(
            .podCrashing, about: .pod(pod), "pod \(pod) keeps ending\(code)\(lastWords ?? "")",
            hint: .look("kubectl -n \(.namespace) logs --previous \(pod)"))
    }

    /// What the container said last, where no signature knows it: one line, and no more than a reader takes in.
    private var lastWords: String? {
        if let message = container["lastState"]["terminated"]["message"].string {
            return ": \(message.inOneLine.prefix(Self.longestWords))"
        }
        let lines = evidence.logs.filter { $0.pod == pod && $0.hasEnded }.flatMap(\.lines).map(LogLine.init)
        let word = lines.first { $0.isFatal } ?? lines.last
        return word.map { "; it said: \($0.error.inOneLine.prefix(Self.longestWords))" }
    }

    /// In characters.
    private static let longestWords = 200
}
