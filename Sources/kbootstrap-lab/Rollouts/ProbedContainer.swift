// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// A container of the hollow node's as its kubelet sees it: running, since nothing says otherwise, ready by its readiness
/// probe, and counted as started again where its liveness probe fails.
struct ProbedContainer {
    /// A probe that failed, in the kubelet's words.
    struct Failure: Sendable {
        let container: String
        let kind: String
        let reason: String
        let message: String
    }

    let name: String
    private let image: JSONValue
    private let readiness: PodProbe?
    private let liveness: PodProbe?
    private var readinessCount = PodProbe.Count()
    private var livenessCount = PodProbe.Count()
    private var started = Date()
    private var restarts = 0
    private(set) var isReady: Bool

    init(_ container: JSONValue, at address: String) {
        name = container["name"].string ?? ""
        image = container["image"]
        readiness = PodProbe("Readiness", container["readinessProbe"], of: container, at: address)
        liveness = PodProbe("Liveness", container["livenessProbe"], of: container, at: address)
        isReady = readiness == nil
    }

    /// Runs the probes that are due.
    mutating func probe() async -> [Failure] {
        var failures: [Failure] = []
        if let readiness, readinessCount.isDue(readiness, since: started) {
            let failure = await readiness.failure()
            readinessCount.take(failure == nil)
            if let failure { failures.append(unhealthy(readiness, failure)) }
            if readinessCount.successes >= readiness.successThreshold { isReady = true }
            if readinessCount.failures >= readiness.failureThreshold { isReady = false }
        }
        if let liveness, livenessCount.isDue(liveness, since: started) {
            let failure = await liveness.failure()
            livenessCount.take(failure == nil)
            if let failure { failures.append(unhealthy(liveness, failure)) }
            if livenessCount.failures >= liveness.failureThreshold { startAgain() }
        }
        return failures
    }

    private mutating func startAgain() {
        restarts += 1
        started = Date()
        (readinessCount, livenessCount) = (PodProbe.Count(), PodProbe.Count())
        isReady = readiness == nil
    }

    private func unhealthy(_ probe: PodProbe, _ message: String) -> Failure {
        Failure(
            container: name, kind: probe.kind.lowercased(), reason: "Unhealthy",
            message: "\(probe.kind) probe failed: \(message)")
    }

    var status: JSONValue {
        [
            "name": .string(name), "image": image, "imageID": image, "ready": .bool(isReady), "started": true,
            "restartCount": .int(Int64(restarts)), "containerID": .string("simulated://\(name)"),
            "state": ["running": ["startedAt": .string(UTCTime(started).rfc3339)]], "lastState": [:],
        ]
    }
}
